package engine

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"
)

// Outcome is how a workflow, or a step of one, ended.
type Outcome struct {
	// Status is one that is Finished. A step is cancelled with its workflow.
	Status Status

	// Output is set if it was successful.
	Output json.RawMessage

	// Error is set if it failed.
	Error *StepError

	// CancelReason is what was said when it was cancelled.
	CancelReason string
}

// Wait returns how a workflow ended, when it has. A cancelled ctx ends the wait
// with its cause and nothing else. Errors: ErrNotFound, also when the workflow is
// deleted meanwhile; ErrClosed when the engine stops.
func (e *Engine) Wait(ctx context.Context, id string) (Outcome, error) {
	return e.wait(ctx, id, "")
}

// WaitStarted is Wait for a workflow that a start reported: it needs no look-up.
func (e *Engine) WaitStarted(ctx context.Context, started Started) (Outcome, error) {
	first := e.waiters.First()
	if started.Status.Finished() {
		first = 0
	}
	return e.waiters.wait(ctx, started.Key, "", first)
}

// WaitStep is Wait for a step, which need not be there yet: a graph that another
// one returns may bring it. Further error: ErrStepNotFound if the workflow ends
// without it, otherwise than by a cancel.
func (e *Engine) WaitStep(ctx context.Context, id, step string) (Outcome, error) {
	if err := CheckText("step", step); err != nil {
		return Outcome{}, err
	}
	outcome, err := e.wait(ctx, id, step)
	if err != nil {
		return Outcome{}, err
	}
	return outcome, outcome.missing(id, step)
}

func (e *Engine) wait(ctx context.Context, id, step string) (Outcome, error) {
	key, err := e.find(ctx, id)
	if err != nil && ctx.Err() != nil {
		return Outcome{}, context.Cause(ctx)
	}
	if err != nil {
		return Outcome{}, err
	}
	return e.waiters.wait(ctx, key, step, 0)
}

const findSQL = `select weir_internal.key_of($1)`

func (e *Engine) find(ctx context.Context, id string) (int64, error) {
	var key *int64
	if err := manage(ctx, e.config.Pool, findSQL, id, &key); err != nil {
		return 0, err
	}
	if key == nil {
		return 0, unknown(id)
	}
	return *key, nil
}

func unknown(id string) error { return fmt.Errorf("%w: %q", ErrNotFound, id) }

const outcomeSQL = `
select workflow, step, status, output, error, cancel_reason
from weir_internal.outcomes(array[weir_internal.key_of($1)], array[$2])`

// Outcome is Wait without waiting: ended is false as long as there is no outcome.
func (e *Engine) Outcome(ctx context.Context, id string) (outcome Outcome, ended bool, err error) {
	return e.outcome(ctx, id, "")
}

// StepOutcome is WaitStep without waiting.
func (e *Engine) StepOutcome(ctx context.Context, id, step string) (outcome Outcome, ended bool, err error) {
	if err := CheckText("step", step); err != nil {
		return Outcome{}, false, err
	}
	outcome, ended, err = e.outcome(ctx, id, step)
	if err == nil && ended {
		err = outcome.missing(id, step)
	}
	return outcome, ended, err
}

func (e *Engine) outcome(ctx context.Context, id, step string) (Outcome, bool, error) {
	if err := CheckText("id", id); err != nil {
		return Outcome{}, false, err
	}
	rows, _ := e.config.Pool.Query(ctx, outcomeSQL, id, zeronull.Text(step))
	found, err := pgx.CollectRows(rows, scanOutcome)
	switch {
	case err != nil:
		return Outcome{}, false, FromDatabase(err)
	case len(found) == 0:
		return Outcome{}, false, nil
	case found[0].outcome.Status == "":
		return Outcome{}, false, unknown(id)
	}
	return found[0].outcome, true, nil
}

// missing is the error of a step that its workflow has ended without.
func (o Outcome) missing(id, step string) error {
	if o.Output != nil || o.Error != nil || o.Status == StatusCanceled {
		return nil
	}
	return fmt.Errorf("%w: workflow %q is %s without step %q", ErrStepNotFound, id, o.Status, step)
}
