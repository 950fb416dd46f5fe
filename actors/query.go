package actors

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/pgweir/weir/engine"
)

const stateSQL = `select id, state, error from weir_internal.known_actor($1, $2)`

// QueryActor runs a query on the state that was committed last: in this process if it
// has the code, else on a worker that has. It waits for no call. Errors:
// *engine.InputError; engine.ErrNotFound; ErrNotReady before the constructor has run,
// *CallError if it failed; what the query returns, in a *CallError if it ran elsewhere.
// Of a worker also engine.ErrUnknownMethod, if none has the code, engine.ErrLost in a
// *CallError, if one after the other died of it, and engine.ErrClosed when the runtime
// stops; a cancelled ctx ends the wait for it with its cause.
func (r *Runtime) QueryActor(ctx context.Context, typ, id, query string, args json.RawMessage) (json.RawMessage, error) {
	if err := errors.Join(checkKey(typ, id), CheckQuery(query), engine.CheckPayload("args", args, r.config.Limits)); err != nil {
		return nil, err
	}
	k := key{typ, id}
	run, known := r.query(typ, query)
	if !known {
		return r.askFleet(ctx, k, query, args)
	}
	state, err := r.stateOf(ctx, k)
	if err != nil {
		return nil, err
	}
	result, err := r.runQuery(ctx, run, state, args)
	if err != nil {
		return nil, fmt.Errorf("query %s of actor %s %q: %w", query, typ, id, err)
	}
	return result, nil
}

func (r *Runtime) query(typ, name string) (run Query, known bool) {
	if t := r.types[typ]; t != nil {
		run, known = t.Queries[name]
	}
	return run, known
}

func (r *Runtime) runQuery(ctx context.Context, run Query, state, args json.RawMessage) (result json.RawMessage, err error) {
	err = engine.Attempt(ctx, nil, func(ctx context.Context) (err error) {
		result, err = run(ctx, state, args)
		return err
	})
	return result, err
}

func (r *Runtime) stateOf(ctx context.Context, k key) (json.RawMessage, error) {
	var (
		actor          int64
		state, failure json.RawMessage
	)
	err := r.config.Pool.QueryRow(ctx, stateSQL, k.typ, k.id).Scan(&actor, &state, &failure)
	switch {
	case err != nil:
		return nil, engine.FromDatabase(err)
	case state != nil:
		return state, nil
	case failure != nil:
		return nil, &CallError{Type: k.typ, ID: k.id, Err: stepError(failure)}
	}
	return nil, fmt.Errorf("actor %s %q: %w", k.typ, k.id, ErrNotReady)
}
