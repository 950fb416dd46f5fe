package sdk

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgweir/weir/engine"
)

// EventOpts are the settings of one wait for an event.
type EventOpts struct {
	// Timeout is how long the step waits, from the moment that all it comes after
	// succeeded. Then it fails with ErrTimeout.
	//
	// Defaults to waiting for ever.
	Timeout time.Duration
}

// Event is a step that waits for an event of this key to be sent to its workflow,
// without holding a worker. Its value is the event's payload. One that came before
// the step has begun to wait was kept. Of several steps that wait for the same key
// each gets another event, in the order of both.
//
// The step has no attempts: of NodeOpts only Name and Metadata matter to it.
func Event[T any](key string, opts EventOpts) Ref[T] {
	settings := valueNode(struct {
		Key     string  `json:"key"`
		Seconds float64 `json:"seconds,omitempty"`
	}{key, opts.Timeout.Seconds()})
	return Ref[T]{node: &node{
		function: engine.FunctionEvent,
		options:  nodeOptions{name: "event"},
		inputs:   []*node{settings},
	}}
}

// SendEventOpts are the settings of one event.
type SendEventOpts struct {
	// Dedupe makes sending again harmless: of several events of the same key that
	// have it, one is accepted. 1-255 bytes without control characters.
	//
	// Defaults to none: each event counts.
	Dedupe string
}

// SendEvent sends an event to a workflow that has not ended. Once it returns, the
// event is stored and goes to one Event of its key, now or later; nobody has to
// wait for it. The payload is encoded, and a json.RawMessage is taken as it is.
//
// It is false, and nothing happened, if the same was accepted before: the same
// Dedupe and an equal payload. It fails with an *InputError, ErrNotFound,
// ErrFinished, or ErrEventConflict for another payload of the same Dedupe.
func (c *Client) SendEvent(ctx context.Context, id, key string, payload any, opts SendEventOpts) (accepted bool, err error) {
	event, err := newEvent(key, payload, opts)
	if err != nil {
		return false, err
	}
	return c.backend.SendEvent(ctx, id, event)
}

// SendEventTx is SendEvent within tx: the event is sent once tx commits, or never.
// It has to be of the isolation level read committed, which is the default.
// As with any statement of Postgres, an error leaves tx of no use but for a
// rollback.
func (c *Client) SendEventTx(ctx context.Context, tx pgx.Tx, id, key string, payload any, opts SendEventOpts) (accepted bool, err error) {
	event, err := newEvent(key, payload, opts)
	if err != nil {
		return false, err
	}
	return c.backend.SendEventTx(ctx, tx, id, event)
}

func newEvent(key string, payload any, opts SendEventOpts) (engine.Event, error) {
	encoded, err := encode(payload)
	if err != nil {
		return engine.Event{}, &InputError{Field: "payload", Reason: err.Error()}
	}
	return engine.Event{Key: key, Payload: encoded, Dedupe: opts.Dedupe}, nil
}
