package httpevents_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/internal/testdb"
	"github.com/pgweir/weir/sdk"
	"github.com/pgweir/weir/sdk/httpevents"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// serve answers by HTTP for a client of the pool, and returns where.
func serve(t *testing.T, pool *pgxpool.Pool) (client *sdk.Client, url string) {
	t.Helper()
	client, err := sdk.New(sdk.Config{Pool: pool})
	require.NoError(t, err)
	handler, err := httpevents.New(httpevents.Config{Sender: client, Check: check})
	require.NoError(t, err)
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return client, server.URL
}

func send(t *testing.T, url, body, dedupe string) (status int, answer string) {
	t.Helper()
	status, answer, err := try(t.Context(), url, body, dedupe)
	require.NoError(t, err)
	return status, answer
}

func try(ctx context.Context, url, body, dedupe string) (status int, answer string, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	r.Header.Set("Authorization", token)
	r.Header.Set("Idempotency-Key", dedupe)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, "", err
	}
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, strings.TrimSpace(string(text)), errors.Join(err, response.Body.Close())
}

func TestN8AnEventComesByHTTP(t *testing.T) {
	t.Parallel()
	client, url := serve(t, testdb.New(t))
	handle, err := sdk.Start(t.Context(), client, sdk.Event[map[string]int]("paid/now", sdk.EventOpts{}), sdk.StartOpts{ID: "order 7"})
	require.NoError(t, err)

	to := url + "/order%207/paid%2Fnow"
	for _, step := range []struct {
		url, body string
		status    int
		answer    string
	}{
		{url + "/order%208/paid%2Fnow", `{"amount": 5}`, 404, `{"error":"there is no such workflow"}`},
		{to, `"a\u0000"`, 400, `{"error":"payload: has a NUL character"}`},
		{url + "/order%207/" + strings.Repeat("x", 256), `1`, 400, `{"error":"key: has 256 bytes, at most 255 are allowed"}`},
		{to, `{"amount": 5}`, 200, `{"accepted":true}`},
		{to, `{"amount": 5}`, 409, `{"error":"workflow has ended"}`},
	} {
		status, answer := send(t, step.url, step.body, "a")
		require.Equal(t, step.status, status, answer)
		require.Equal(t, step.answer, answer)
	}
	paid, err := handle.Wait(t.Context())
	require.NoError(t, err)
	require.Equal(t, map[string]int{"amount": 5}, paid)
}

func TestN8AnEventThatComesAgainByHTTPIsToldFromAnother(t *testing.T) {
	t.Parallel()
	client, url := serve(t, testdb.New(t))
	_, err := sdk.Start(t.Context(), client, sdk.All(sdk.Event[int]("k", sdk.EventOpts{}), sdk.Event[int]("k", sdk.EventOpts{})), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	for _, step := range []struct {
		body, dedupe string
		status       int
		answer       string
	}{
		{"1", "a", 200, `{"accepted":true}`},
		{"1", "a", 200, `{"accepted":false}`},
		{"2", "a", 409, `{"error":"another payload was accepted with this Idempotency-Key"}`},
		{"2", "", 200, `{"accepted":true}`},
		{"2", "", 200, `{"accepted":true}`},
	} {
		status, answer := send(t, url+"/w/k", step.body, step.dedupe)
		require.Equal(t, step.status, status, answer)
		require.Equal(t, step.answer, answer)
	}
}

// An answer of 200 means that the event is there, whoever dies now.
func TestN8TheAnswerComesAfterTheCommit(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t)
	client, url := serve(t, pool)
	_, err := sdk.Start(t.Context(), client, sdk.Event[int]("k", sdk.EventOpts{}), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	tx, err := pool.Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), `select from weir_internal.workflow for update`)
	require.NoError(t, err)
	answered := make(chan int, 1)
	go func() {
		status, _, _ := try(t.Context(), url+"/w/k", "1", "")
		answered <- status
	}()
	require.Eventually(t, func() bool {
		var waits bool
		err := pool.QueryRow(t.Context(), `
select exists (select from pg_stat_activity where datname = current_database() and query like '%send_event%' and wait_event_type = 'Lock')`).Scan(&waits)
		return err == nil && waits
	}, time.Minute, time.Millisecond)
	require.Empty(t, answered)
	require.NoError(t, tx.Rollback(context.WithoutCancel(t.Context())))
	require.Equal(t, http.StatusOK, <-answered)
	status, err := client.Status(t.Context(), "w")
	require.NoError(t, err)
	require.Equal(t, sdk.StatusSuccessful, status)
}

func TestN8ADatabaseThatIsAwayIs503(t *testing.T) {
	t.Parallel()
	pool, err := pgxpool.New(t.Context(), "postgres://nobody:secret@127.0.0.1:1/none")
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	_, url := serve(t, pool)
	status, answer := send(t, url+"/w/k", "1", "")
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.JSONEq(t, `{"error":"event may not be stored: send it again"}`, answer)
}
