package engine

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/jackc/pgx/v5"
)

// Event is what somebody tells a workflow.
type Event struct {
	// Key is what a step of FunctionEvent waits for.
	Key string

	// Payload is that step's output.
	Payload json.RawMessage

	// Dedupe makes sending the same again harmless. Empty is none.
	Dedupe string
}

// SendEvent gives an event to a workflow that has not ended; it is kept until a
// step waits for it. False, and nothing done: the same was accepted before.
//
// Errors: *InputError, ErrNotFound, ErrFinished, ErrEventConflict.
func (e *Engine) SendEvent(ctx context.Context, id string, event Event) (accepted bool, err error) {
	accepted, err = e.sendEvent(ctx, e.config.Pool, id, event)
	if accepted {
		e.timers.poke() // what follows the event may wait, too
	}
	return accepted, err
}

// SendEventTx is SendEvent in the caller's transaction: the event is there when
// that commits.
func (e *Engine) SendEventTx(ctx context.Context, tx pgx.Tx, id string, event Event) (accepted bool, err error) {
	return e.sendEvent(ctx, tx, id, event)
}

const sendEventSQL = `select weir.send_event($1, $2, $3, nullif($4, ''))`

func (e *Engine) sendEvent(ctx context.Context, db querier, id string, event Event) (accepted bool, err error) {
	if err := errors.Join(CheckText("id", id), event.check(e.config.Limits)); err != nil {
		return false, err
	}
	err = manage(ctx, db, sendEventSQL, id, &accepted, event.Key, event.Payload, event.Dedupe)
	return accepted, err
}

func (e Event) check(limits Limits) error {
	var dedupe error
	if e.Dedupe != "" {
		dedupe = CheckText("dedupe", e.Dedupe)
	}
	return errors.Join(CheckText("key", e.Key), CheckPayload("payload", e.Payload, limits), dedupe)
}
