package sdk

import (
	"context"
	"encoding/json"

	"github.com/pgweir/weir/actors"
)

// Query declares a query of the state S of actors. It gets a copy and can't change
// it.
type Query[S, A, R any] struct {
	// Actor is the Type of the actors.
	Actor string

	// Name is that of the query: 1-62 bytes without a dot.
	Name string
}

func (q Query[S, A, R]) declared() declaration { return declaration{Name: q.Actor + "." + q.Name} }

// Do implements the query, such as by a method of S. It may run at any time, beside
// others.
func (q Query[S, A, R]) Do(fn func(state S, ctx context.Context, arg A) (R, error)) Handler {
	return actorHandler[S](q.Actor, q.declared().Name, fn == nil, func(t *actors.Type) {
		t.Queries[q.Name] = func(ctx context.Context, stored, args json.RawMessage) (json.RawMessage, error) {
			state, err := decode[S]("state of "+q.Actor, stored)
			if err != nil {
				return nil, err
			}
			arg, err := decodeArg[A](q.declared().Name, args)
			if err != nil {
				return nil, err
			}
			return output(fn(state, ctx, arg))
		}
	})
}

// Run runs the query on the state that was committed last: beside whatever runs, and
// without waiting for it. It runs in this process if the client has a handler for it,
// else on a worker that has one: a slot of the actor's queue is taken for it then, a
// worker that dies is followed by another one, and a cancelled ctx ends the wait.
//
// It fails with ErrNotFound, ErrNotReady if the constructor has not run yet and the
// *CallError if it failed, ErrDecode, or with what the query returns. From a worker
// that is in a *CallError, as is ErrLost when as many workers as Config.Poison says died
// of it; ErrUnknownMethod means that no worker has a handler, though some have one for
// the constructor. With no such worker Run waits for one.
func (q Query[S, A, R]) Run(ctx context.Context, actor ActorRef[S], arg A) (R, error) {
	var zero R
	if err := actor.is(q.Actor); err != nil {
		return zero, err
	}
	args, err := encode(arg)
	if err != nil {
		return zero, &InputError{Field: "arg", Reason: err.Error()}
	}
	result, err := actor.client.backend.QueryActor(ctx, actor.typ, actor.id, q.Name, args)
	if err != nil {
		return zero, err
	}
	return decode[R]("result of "+q.declared().Name, result)
}
