package sdk

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgweir/weir/actors"
	"github.com/pgweir/weir/engine"
)

// Method declares a method that changes the state S of actors: its stored name, its
// types and its settings, but no code.
//
// The calls of an actor run one at a time, in the order in which they were accepted,
// from whatever process they came. Each runs at least once, and is recorded exactly
// once together with the state that it led to. A call that fails leaves the state as
// it was.
type Method[S, A, R any] struct {
	// Actor is the Type of the actors.
	Actor string

	// Name is what is stored: 1-63 bytes without a dot.
	Name string

	// CallOpts are the settings of calls. With changes them for one.
	CallOpts
}

// CallOpts are the settings of a call.
type CallOpts struct {
	// Label is what the call is called, for who looks at it.
	Label string

	// Metadata is stored with the call.
	Metadata map[string]any

	// Retry is for attempts that failed. A call keeps its place meanwhile: those
	// behind it wait.
	//
	// Defaults to none.
	Retry Retry

	// Timeout cancels the context of an attempt that takes longer. The attempt has
	// failed with ErrTimeout then, whatever the function returns, once it returns.
	//
	// Defaults to none.
	Timeout time.Duration

	// Block leaves a call that has failed for good at the head of its actor's calls:
	// those behind it wait until Actor.Resume has it run again.
	//
	// Defaults to answering it with its error and going on.
	Block bool
}

func (m Method[S, A, R]) declared() declaration { return declaration{Name: m.Actor + "." + m.Name} }

// With returns the method with other settings, all of them.
func (m Method[S, A, R]) With(opts CallOpts) Method[S, A, R] {
	m.CallOpts = opts
	return m
}

// Do implements the method by a function that runs outside of any transaction, such
// as a method of *S. It may run more than once, each time on the state of before; it
// should end when its context is cancelled.
func (m Method[S, A, R]) Do(fn func(state *S, ctx context.Context, arg A) (R, error)) Handler {
	return m.handler(fn == nil, actors.Method{Do: func(ctx context.Context, state any, args json.RawMessage) (json.RawMessage, error) {
		arg, err := decodeArg[A](m.Actor+"."+m.Name, args)
		if err != nil {
			return nil, err
		}
		return output(fn(state.(*S), ctx, arg))
	}})
}

// DoTx implements the method by a function whose writes in tx are committed together
// with its result and the state, or not at all. What Step.DoTx says of tx holds. Such
// a call is committed by itself.
func (m Method[S, A, R]) DoTx(fn func(state *S, ctx context.Context, tx pgx.Tx, arg A) (R, error)) Handler {
	return m.handler(fn == nil, actors.Method{DoTx: func(ctx context.Context, tx pgx.Tx, state any, args json.RawMessage) (json.RawMessage, error) {
		arg, err := decodeArg[A](m.Actor+"."+m.Name, args)
		if err != nil {
			return nil, err
		}
		return output(fn(state.(*S), ctx, tx, arg))
	}})
}

// Continue implements the method by a function that returns a graph, whose value is
// the call's result. The state is committed when the function has returned, and seen
// by queries; the graph runs as a workflow of its own meanwhile, and the calls behind
// this one wait for it. Of the actor's methods those run that the graph itself calls,
// by its steps or with their contexts.
//
// If the workflow fails, or is cancelled, so does the call, and the state stays what
// it is. With Block the actor is BLOCKED instead, and Actor.Resume resumes the
// workflow. Deleting the actor cancels it.
func (m Method[S, A, R]) Continue(fn func(state *S, ctx context.Context, arg A) (Ref[R], error)) Handler {
	return m.handler(fn == nil, actors.Method{Continue: func(ctx context.Context, state any, args json.RawMessage) (engine.Continuation, error) {
		arg, err := decodeArg[A](m.Actor+"."+m.Name, args)
		if err != nil {
			return engine.Continuation{}, err
		}
		ref, err := fn(state.(*S), ctx, arg)
		if err != nil {
			return engine.Continuation{}, err
		}
		return continuation(ref.node, "")
	}})
}

func (m Method[S, A, R]) handler(isNil bool, method actors.Method) Handler {
	return actorHandler[S](m.Actor, m.declared().Name, isNil, func(t *actors.Type) { t.Methods[m.Name] = method })
}

func decodeArg[A any](function string, stored json.RawMessage) (A, error) {
	arg, err := decode[A]("argument of "+function, stored)
	return arg, Permanent(err)
}

// Run is Start and then Wait. If ctx ends, the call goes on.
func (m Method[S, A, R]) Run(ctx context.Context, actor ActorRef[S], arg A) (R, error) {
	var zero R
	params, err := m.params(actor, arg)
	if err != nil {
		return zero, err
	}
	result, err := actor.client.backend.RunCall(ctx, params)
	if err != nil {
		return zero, err
	}
	return m.result(result)
}

// Start makes a call without waiting. Once it returns, the call is durable and has
// its place in the order of the actor's calls. It fails with an *InputError,
// ErrNotFound if the actor was deleted, or ErrUnknownMethod if workers have a handler
// for the constructor, and none has one for the method.
func (m Method[S, A, R]) Start(ctx context.Context, actor ActorRef[S], arg A) (CallHandle[R], error) {
	return m.start(actor, arg, func(p actors.CallParams) (actors.Called, error) {
		return actor.client.backend.CallActor(ctx, p)
	})
}

// StartTx is Start within tx: the call is made once tx commits. Until then others
// that call the same actor wait, so call last.
func (m Method[S, A, R]) StartTx(ctx context.Context, tx pgx.Tx, actor ActorRef[S], arg A) (CallHandle[R], error) {
	return m.start(actor, arg, func(p actors.CallParams) (actors.Called, error) {
		return actor.client.backend.CallActorTx(ctx, tx, p)
	})
}

func (m Method[S, A, R]) start(actor ActorRef[S], arg A, call func(actors.CallParams) (actors.Called, error)) (CallHandle[R], error) {
	params, err := m.params(actor, arg)
	if err != nil {
		return CallHandle[R]{}, err
	}
	called, err := call(params)
	if err != nil {
		return CallHandle[R]{}, err
	}
	return CallHandle[R]{client: actor.client, called: called, result: m.result}, nil
}

func (m Method[S, A, R]) params(actor ActorRef[S], arg A) (actors.CallParams, error) {
	if err := actor.is(m.Actor); err != nil {
		return actors.CallParams{}, err
	}
	params, err := m.settings(actor)
	args, refused := encode(arg)
	if refused != nil {
		err = errors.Join(err, &InputError{Field: "arg", Reason: refused.Error()})
	}
	params.Args = args
	return params, err
}

// settings are those of a call beside its argument.
func (m Method[S, A, R]) settings(actor ActorRef[S]) (actors.CallParams, error) {
	metadata, err := metadataOf(m.Metadata)
	return actors.CallParams{
		Type: actor.typ, ID: actor.id, Method: m.Name, Name: m.Label,
		Policy: m.Retry.policy(m.Timeout), Block: m.Block, Metadata: metadata,
	}, err
}

func (m Method[S, A, R]) result(stored json.RawMessage) (R, error) {
	return decode[R]("result of "+m.declared().Name, stored)
}
