package actors

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgweir/weir/engine"
	"github.com/pgweir/weir/internal/waiting"
)

// told is what came of a question to the fleet.
type told struct {
	lost    bool // nobody will answer it
	result  json.RawMessage
	failure json.RawMessage
}

const (
	askSQL     = `select weir_internal.actor_ask($1, $2, $3, $4)`
	answersSQL = `select job, lost, result, error from weir_internal.actor_answers($1)`

	// askPause is the wait before a question that was lost is asked again, the first
	// time; it doubles with each.
	askPause = 50 * time.Millisecond
)

// askFleet has a worker run a query, again if it dies. Nothing of a question outlives
// who asked: it is forgotten some minutes after its ctx is cancelled.
func (r *Runtime) askFleet(ctx context.Context, k key, query string, args json.RawMessage) (json.RawMessage, error) {
	for attempt, pause := 1, askPause; ; attempt, pause = attempt+1, 2*pause {
		if _, err := r.stateOf(ctx, k); err != nil { // it says why there would be no answer
			return nil, err
		}
		answer, err := r.askOnce(ctx, k, query, args)
		switch {
		case err != nil:
			return nil, err
		case answer.failure != nil:
			return nil, &CallError{Type: k.typ, ID: k.id, Err: stepError(answer.failure)}
		case !answer.lost:
			return answer.result, nil
		case attempt >= r.config.Poison:
			return nil, &CallError{Type: k.typ, ID: k.id, Err: &engine.StepError{
				Step: query, Type: engine.TypeOf(engine.ErrLost), Attempts: attempt,
				Message: fmt.Sprintf("given up after %d of its attempts were lost with their workers", attempt),
			}}
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(pause):
		}
	}
}

func (r *Runtime) askOnce(ctx context.Context, k key, query string, args json.RawMessage) (told, error) {
	var job int64
	if err := r.config.Pool.QueryRow(ctx, askSQL, k.typ, k.id, query, args).Scan(&job); err != nil {
		return told{}, engine.FromDatabase(err)
	}
	answer, err := r.asking.Await(ctx, r.asking.Add(job, struct{}{}, r.asking.First()))
	if errors.Is(err, waiting.ErrClosed) {
		err = engine.ErrClosed
	}
	return answer, err
}

// askAnswers is how those who asked look for answers.
func (r *Runtime) askAnswers(ctx context.Context, jobs []int64, _ []struct{}, tell func(int64, struct{}, told)) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()

	var (
		job int64
		a   told
	)
	rows, _ := r.config.Pool.Query(ctx, answersSQL, jobs)
	_, err := pgx.ForEachRow(rows, []any{&job, &a.lost, &a.result, &a.failure}, func() error {
		tell(job, struct{}{}, a)
		a = told{} // the waiters have it
		return nil
	})
	return err
}
