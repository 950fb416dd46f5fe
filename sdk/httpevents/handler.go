package httpevents

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/pgweir/weir/sdk"
)

// Sender is what the handler needs of a *sdk.Client.
type Sender interface {
	SendEvent(ctx context.Context, id, key string, payload any, opts sdk.SendEventOpts) (accepted bool, err error)
}

// Config is the settings of a Handler.
type Config struct {
	// Sender is where events go. Required.
	Sender Sender

	// Check says whether a request may send events: an error refuses it, and is
	// logged and not answered. It is asked first. Required.
	Check func(*http.Request) error

	// MaxBytes is the largest body.
	//
	// Defaults to 1 MiB.
	MaxBytes int64

	// Logger is told of requests that Check refused, and of those that failed here.
	//
	// Defaults to slog.Default().
	Logger *slog.Logger
}

const defaultMaxBytes = 1 << 20

// Handler is an http.Handler that sends events. Behind a prefix it needs an
// http.StripPrefix.
type Handler struct {
	config Config
}

// New returns a handler. The error joins an *sdk.InputError for each field that is
// wrong.
func New(config Config) (*Handler, error) {
	var errs []error
	if config.Sender == nil {
		errs = append(errs, &sdk.InputError{Field: "sender", Reason: "is nil"})
	}
	if config.Check == nil {
		errs = append(errs, &sdk.InputError{Field: "check", Reason: "is nil: whoever may send events can steer workflows"})
	}
	if config.MaxBytes < 0 {
		errs = append(errs, &sdk.InputError{Field: "max_bytes", Reason: fmt.Sprintf("is %d: it cannot be negative", config.MaxBytes)})
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	config.MaxBytes = cmp.Or(config.MaxBytes, defaultMaxBytes)
	config.Logger = cmp.Or(config.Logger, slog.Default())
	return &Handler{config}, nil
}

// ServeHTTP sends the event that the request has.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	accepted, err := h.send(w, r)
	if err == nil {
		answer(w, http.StatusOK, map[string]any{"accepted": accepted})
		return
	}
	status, text := refusal(err)
	switch status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", "Bearer")
		h.config.Logger.InfoContext(r.Context(), "httpevents: request refused", "error", err)
	case http.StatusMethodNotAllowed:
		w.Header().Set("Allow", http.MethodPost)
	case http.StatusServiceUnavailable:
		h.config.Logger.ErrorContext(r.Context(), "httpevents: event not sent", "error", err)
	}
	answer(w, status, map[string]any{"error": text})
}

func answer(w http.ResponseWriter, status int, body map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // nobody is left to tell
}

// send returns once the event is stored.
func (h *Handler) send(w http.ResponseWriter, r *http.Request) (accepted bool, err error) {
	if err := h.config.Check(r); err != nil {
		return false, fmt.Errorf("%w: %w", errUnauthorized, err)
	}
	id, key, err := target(r.URL)
	if err != nil {
		return false, err
	}
	if r.Method != http.MethodPost {
		return false, errMethod
	}
	payload, err := h.payload(w, r)
	if err != nil {
		return false, err
	}
	opts := sdk.SendEventOpts{Dedupe: r.Header.Get("Idempotency-Key")}
	return h.config.Sender.SendEvent(r.Context(), id, key, payload, opts)
}

func (h *Handler) payload(w http.ResponseWriter, r *http.Request) (json.RawMessage, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, h.config.MaxBytes))
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		return nil, errTooLarge
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", errUnreadable, err)
	case !json.Valid(body):
		return nil, errNotJSON
	}
	return body, nil
}

// target reads the two segments of the path. An escaped slash is part of one.
func target(u *url.URL) (id, key string, err error) {
	segments := strings.Split(strings.TrimPrefix(u.EscapedPath(), "/"), "/")
	if len(segments) != 2 {
		return "", "", errPath
	}
	id, idErr := url.PathUnescape(segments[0])
	key, keyErr := url.PathUnescape(segments[1])
	if idErr != nil || keyErr != nil || id == "" || key == "" {
		return "", "", errPath
	}
	return id, key, nil
}
