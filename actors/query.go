package actors

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/pgweir/weir/engine"
)

const stateSQL = `select id, state, error from weir_internal.known_actor($1, $2)`

// QueryActor runs a query of this process on the state that was committed last. It
// waits for no call. Errors: ErrNoHandler; engine.ErrNotFound; ErrNotReady before
// the constructor has run, *CallError if it failed; and what the query returns.
func (r *Runtime) QueryActor(ctx context.Context, typ, id, query string, args json.RawMessage) (json.RawMessage, error) {
	if err := errors.Join(checkKey(typ, id), engine.CheckPayload("args", args, r.config.Limits)); err != nil {
		return nil, err
	}
	k := key{typ, id}
	run, known := r.query(typ, query)
	if !known {
		return nil, fmt.Errorf("query %s of actor %s %q: %w", query, typ, id, ErrNoHandler)
	}
	state, err := r.stateOf(ctx, k)
	if err != nil {
		return nil, err
	}
	var result json.RawMessage
	err = engine.Attempt(ctx, nil, func(ctx context.Context) (err error) {
		result, err = run(ctx, state, args)
		return err
	})
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
