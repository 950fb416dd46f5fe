package actors

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"github.com/pgweir/weir/engine"
	"github.com/pgweir/weir/internal/waiting"
)

// Outcome is how a call ended.
type Outcome struct {
	status string // as in weir_internal.actor_outcomes, empty if it is gone
	result json.RawMessage
	err    *engine.StepError
}

// constructed is the number of the call that stands for an actor's construction.
const constructed = 0

// tell wakes those that wait for an answer, which is committed.
func (t *turn) tell(a answer) {
	outcome := Outcome{status: "SUCCESSFUL", result: a.result}
	if a.failure != nil {
		outcome = Outcome{status: "FAILED", err: stepError(a.failure)}
	}
	t.waiters.Tell(t.actor, a.seq, outcome)
	if a.method == "" {
		t.waiters.Tell(t.actor, constructed, outcome)
	}
}

func stepError(stored json.RawMessage) *engine.StepError {
	var e engine.StepError
	if err := json.Unmarshal(stored, &e); err != nil {
		return &engine.StepError{Type: engine.TypeOf(engine.ErrDecode), Message: string(stored)}
	}
	return &e
}

// answered is what an outcome says to who called.
func (k key) answered(outcome Outcome, err error) (json.RawMessage, error) {
	switch {
	case errors.Is(err, waiting.ErrClosed):
		return nil, engine.ErrClosed
	case err != nil:
		return nil, err
	case outcome.status == "":
		return nil, fmt.Errorf("actor %s %q: %w", k.typ, k.id, engine.ErrNotFound)
	case outcome.err == nil:
		return outcome.result, nil
	case outcome.status == "BLOCKED":
		return nil, fmt.Errorf("%w: %w", ErrBlocked, &CallError{Type: k.typ, ID: k.id, Err: outcome.err})
	}
	return nil, &CallError{Type: k.typ, ID: k.id, Err: outcome.err}
}

const outcomesSQL = `select actor, seq, status, result, error from weir_internal.actor_outcomes($1, $2)`

func (r *Runtime) askOutcomes(ctx context.Context, actors, seqs []int64, tell func(int64, int64, Outcome)) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()

	var (
		actor, seq int64
		status     zeronull.Text
		result     json.RawMessage
		failure    json.RawMessage
	)
	rows, _ := r.config.Pool.Query(ctx, outcomesSQL, actors, seqs)
	_, err := pgx.ForEachRow(rows, []any{&actor, &seq, &status, &result, &failure}, func() error {
		outcome := Outcome{status: string(status), result: result}
		if failure != nil && status != "SUCCESSFUL" {
			outcome.err = stepError(failure)
		}
		result, failure = nil, nil // the waiters have them
		tell(actor, seq, outcome)
		return nil
	})
	return err
}
