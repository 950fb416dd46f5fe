package httpevents_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/sdk"
	"github.com/pgweir/weir/sdk/httpevents"
)

const token = "Bearer secret"

func check(r *http.Request) error {
	if r.Header.Get("Authorization") != token {
		return errors.New("the internal reason")
	}
	return nil
}

// sent is what a sender was given.
type sent struct {
	id, key, payload string
	opts             sdk.SendEventOpts
}

// sender notes what it is given, and answers it.
type sender struct {
	got      []sent
	accepted bool
	err      error
}

func (s *sender) SendEvent(_ context.Context, id, key string, payload any, opts sdk.SendEventOpts) (bool, error) {
	s.got = append(s.got, sent{id, key, fmt.Sprintf("%s", payload), opts})
	return s.accepted, s.err
}

type testBundle struct {
	*sender
	*httpevents.Handler
	log *bytes.Buffer
}

func setup(t *testing.T, maxBytes int64) *testBundle {
	t.Helper()
	s, log := &sender{accepted: true}, new(bytes.Buffer)
	handler, err := httpevents.New(httpevents.Config{
		Sender: s, Check: check, MaxBytes: maxBytes, Logger: slog.New(slog.NewTextHandler(log, nil)),
	})
	require.NoError(t, err)
	return &testBundle{s, handler, log}
}

func post(target, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, target, strings.NewReader(body))
	r.Header.Set("Authorization", token)
	return r
}

// serve answers a request, in JSON as always.
func (b *testBundle) serve(t *testing.T, r *http.Request) (status int, body string) {
	t.Helper()
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	require.Equal(t, "application/json", w.Header().Get("Content-Type"))
	return w.Code, strings.TrimSpace(w.Body.String())
}

func TestN8AnEventIsSent(t *testing.T) {
	t.Parallel()
	b := setup(t, 0)
	r := post("/order-7/paid", ` {"amount": 5}`)
	r.Header.Set("Idempotency-Key", "key-1")
	status, body := b.serve(t, r)
	require.Equal(t, http.StatusOK, status)
	require.JSONEq(t, `{"accepted": true}`, body)

	b.accepted = false
	status, body = b.serve(t, post("/order-7/paid", `null`))
	require.Equal(t, http.StatusOK, status)
	require.JSONEq(t, `{"accepted": false}`, body)
	require.Equal(t, []sent{
		{"order-7", "paid", ` {"amount": 5}`, sdk.SendEventOpts{Dedupe: "key-1"}},
		{"order-7", "paid", `null`, sdk.SendEventOpts{}},
	}, b.got)
}

func TestN8IdsAndKeysAreEscaped(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]sent{
		"/a%2Fb/c%2Fd":      {id: "a/b", key: "c/d"},
		"/%C3%BC%20%25/k+k": {id: "ü %", key: "k+k"},
		"/../..":            {id: "..", key: ".."},
		"/a/b?c=d":          {id: "a", key: "b"},
		"/%2e/%FF":          {id: ".", key: "\xff"}, // what can be no key the client refuses
	} {
		b := setup(t, 0)
		status, _ := b.serve(t, post(target, "1"))
		require.Equal(t, http.StatusOK, status, target)
		want.payload = "1"
		require.Equal(t, []sent{want}, b.got)
	}
	for _, target := range []string{"/", "/a", "/a/", "//b", "/a/b/", "/a/b/c", "//a/b"} {
		b := setup(t, 0)
		status, _ := b.serve(t, post(target, "1"))
		require.Equal(t, http.StatusNotFound, status, target)
		require.Empty(t, b.got)
	}
}

func TestN8ItIsServedBehindAPrefix(t *testing.T) {
	t.Parallel()
	b := setup(t, 0)
	mux := http.NewServeMux()
	mux.Handle("/events/", http.StripPrefix("/events", b.Handler))
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, post("/events/a%2Fb/k", "1"))
	require.Equal(t, http.StatusOK, w.Code)
	require.Equal(t, "a/b", b.got[0].id)
}

func TestN8WhoMayNotSendIsToldNothing(t *testing.T) {
	t.Parallel()
	b := setup(t, 0)
	for _, r := range []*http.Request{
		httptest.NewRequest(http.MethodPost, "/order-7/paid", strings.NewReader("1")),
		httptest.NewRequest(http.MethodGet, "/nothing", nil),
	} {
		status, body := b.serve(t, r)
		require.Equal(t, http.StatusUnauthorized, status)
		require.JSONEq(t, `{"error": "unauthorized"}`, body)
	}
	require.Empty(t, b.got)
	require.Contains(t, b.log.String(), "the internal reason")
}

func TestN8OnlyPostsAreTaken(t *testing.T) {
	t.Parallel()
	b := setup(t, 0)
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodOptions, http.MethodPatch} {
		r := post("/a/b", "1")
		r.Method = method
		w := httptest.NewRecorder()
		b.ServeHTTP(w, r)
		require.Equal(t, http.StatusMethodNotAllowed, w.Code, method)
		require.Equal(t, "POST", w.Header().Get("Allow"))
	}
	require.Empty(t, b.got)
}

func TestN8BadBodiesAreRefused(t *testing.T) {
	t.Parallel()
	b := setup(t, 10)
	for body, want := range map[string]int{
		"":              http.StatusBadRequest,
		"{":             http.StatusBadRequest,
		"1 2":           http.StatusBadRequest,
		"NaN":           http.StatusBadRequest,
		"a=b":           http.StatusBadRequest,
		`"12345678"`:    http.StatusOK,
		`"123456789"`:   http.StatusRequestEntityTooLarge,
		"           1 ": http.StatusRequestEntityTooLarge,
	} {
		status, _ := b.serve(t, post("/a/b", body))
		require.Equal(t, want, status, "%q", body)
	}
	r := post("/a/b", "")
	r.Body = io.NopCloser(io.MultiReader(strings.NewReader("1"), brokenReader{}))
	status, body := b.serve(t, r)
	require.Equal(t, http.StatusBadRequest, status)
	require.NotContains(t, body, "the internal reason")
	require.Len(t, b.got, 1)
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("the internal reason") }

func TestN8ABodyOfAMebibyteIsTaken(t *testing.T) {
	t.Parallel()
	b := setup(t, 0)
	for size, want := range map[int]int{1 << 20: http.StatusOK, 1<<20 + 1: http.StatusRequestEntityTooLarge} {
		status, _ := b.serve(t, post("/a/b", `"`+strings.Repeat("x", size-2)+`"`))
		require.Equal(t, want, status)
	}
}

func TestN8ErrorsHaveTheirStatus(t *testing.T) {
	t.Parallel()
	const secret = "postgres://user:password@host"
	for _, test := range []struct {
		err    error
		status int
		body   string
	}{
		{&sdk.InputError{Field: "key", Reason: "has a control character"}, 400, "key: has a control character"},
		{fmt.Errorf("%w: %s", sdk.ErrNotFound, secret), 404, "there is no such workflow"},
		{fmt.Errorf("%w: %s", sdk.ErrFinished, secret), 409, "workflow has ended"},
		{fmt.Errorf("%w: %s", sdk.ErrEventConflict, secret), 409, "another payload was accepted with this Idempotency-Key"},
		{fmt.Errorf("%w: %s", sdk.ErrUnreachable, secret), 503, "event may not be stored: send it again"},
		{errors.New(secret), 503, "event may not be stored: send it again"},
		{context.Canceled, 503, "event may not be stored: send it again"},
	} {
		b := setup(t, 0)
		b.err = test.err
		status, body := b.serve(t, post("/a/b", "1"))
		require.Equal(t, test.status, status)
		require.JSONEq(t, fmt.Sprintf(`{"error": %q}`, test.body), body)
		require.Equal(t, test.status == 503, strings.Contains(b.log.String(), test.err.Error()), "what clients aren't told is logged")
	}
}

func TestN8AHandlerThatChecksNothingIsRefused(t *testing.T) {
	t.Parallel()
	_, err := httpevents.New(httpevents.Config{MaxBytes: -1})
	require.EqualError(t, err, "sender: is nil\ncheck: is nil: whoever may send events can steer workflows\nmax_bytes: is -1: it cannot be negative")
	require.ErrorIs(t, err, sdk.ErrInput)
}
