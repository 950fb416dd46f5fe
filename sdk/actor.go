package sdk

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"reflect"

	"github.com/jackc/pgx/v5"

	"github.com/pgweir/weir/actors"
)

// Actor declares a type of actors: durable objects with a state S, made by a
// constructor of an A. It holds no code, so a program that only calls actors needs
// nothing of what runs them.
type Actor[S, A any] struct {
	// Type is what is stored: 1-63 bytes without a dot.
	Type string

	// Queue is the queue whose workers run the calls of actors created by this
	// declaration.
	//
	// Defaults to "default".
	Queue string
}

func (a Actor[S, A]) declared() declaration { return declaration{Name: a.Type} }

// Do implements the constructor. It may run more than once; of an actor that exists
// it has run once. It should end when its context is cancelled. A constructor that
// fails isn't tried again by itself, but by the next call.
func (a Actor[S, A]) Do(fn func(context.Context, A) (*S, error)) Handler {
	construct := func(ctx context.Context, args json.RawMessage) (any, error) {
		arg, err := decode[A]("argument of "+a.Type, args)
		if err != nil {
			return nil, Permanent(err)
		}
		state, err := fn(ctx, arg)
		if err == nil && state == nil {
			err = Permanent(fmt.Errorf("the constructor of %s returned nil", a.Type))
		}
		return state, err
	}
	return actorHandler[S](a.Type, a.Type, fn == nil, func(t *actors.Type) {
		t.Queue, t.Construct = a.Queue, construct
	})
}

// GetOrCreate makes sure that there is an actor of that id: 1-255 bytes without
// control characters. Of any number of callers at once one has the constructor
// called, with its arg; of an actor that exists arg is ignored. It doesn't wait for
// the constructor: ActorRef.Ready does. It fails with an *InputError.
func (a Actor[S, A]) GetOrCreate(ctx context.Context, client *Client, id string, arg A) (ActorRef[S], error) {
	return a.create(id, arg, client, func(p actors.CreateParams) (actors.Actor, error) {
		return client.backend.CreateActor(ctx, p)
	})
}

// GetOrCreateTx is GetOrCreate within tx: the actor exists once tx commits.
func (a Actor[S, A]) GetOrCreateTx(ctx context.Context, client *Client, tx pgx.Tx, id string, arg A) (ActorRef[S], error) {
	return a.create(id, arg, client, func(p actors.CreateParams) (actors.Actor, error) {
		return client.backend.CreateActorTx(ctx, tx, p)
	})
}

func (a Actor[S, A]) create(id string, arg A, client *Client, create func(actors.CreateParams) (actors.Actor, error)) (ActorRef[S], error) {
	args, err := encode(arg)
	if err != nil {
		return ActorRef[S]{}, &InputError{Field: "arg", Reason: err.Error()}
	}
	actor, err := create(actors.CreateParams{Type: a.Type, ID: id, Queue: a.Queue, Args: args})
	if err != nil {
		return ActorRef[S]{}, err
	}
	return ActorRef[S]{client: client, typ: a.Type, id: id, actor: actor}, nil
}

// Get returns an actor that exists. It fails with ErrNotFound.
func (a Actor[S, A]) Get(ctx context.Context, client *Client, id string) (ActorRef[S], error) {
	actor, err := client.backend.FindActor(ctx, a.Type, id)
	if err != nil {
		return ActorRef[S]{}, err
	}
	return ActorRef[S]{client: client, typ: a.Type, id: id, actor: actor}, nil
}

// Delete removes everything of an actor, calls that wait included: who waits for
// them gets ErrNotFound. What runs of it just now records nothing. The id is free
// again. It fails with ErrNotFound.
func (a Actor[S, A]) Delete(ctx context.Context, client *Client, id string) error {
	return client.backend.DeleteActor(ctx, a.Type, id)
}

// DeleteTx is Delete within tx: it holds once tx commits.
func (a Actor[S, A]) DeleteTx(ctx context.Context, client *Client, tx pgx.Tx, id string) error {
	return client.backend.DeleteActorTx(ctx, tx, a.Type, id)
}

// Resume has the call that blocks an actor run again, with fresh retries, and then
// those behind it. It changes nothing for others. It fails with ErrNotFound.
func (a Actor[S, A]) Resume(ctx context.Context, client *Client, id string) error {
	return client.backend.ResumeActor(ctx, a.Type, id)
}

// SetState replaces the state of an actor whose version is the expected one, as its
// ActorInfo has it, and returns the new version. A call that runs just now runs again,
// on the new state. Who did it, and the reason, of 1-4096 bytes, are kept in
// weir.audit. It is for operators: methods are for everybody else. It fails with an
// *InputError, ErrNotFound, or ErrVersion if the state has been written meanwhile, or
// there is none yet; nothing is changed then.
func (a Actor[S, A]) SetState(ctx context.Context, client *Client, id string, state S, expected int64, reason string) (version int64, err error) {
	encoded, err := encode(state)
	if err != nil {
		return 0, &InputError{Field: "state", Reason: err.Error()}
	}
	return client.backend.SetActorState(ctx, a.Type, id, encoded, expected, reason)
}

// ActorInfo is what is known of an actor: Type and ID; Status, which is CREATING,
// READY, CONTINUING (a call goes on as a workflow), FAILED (its constructor did) or
// BLOCKED (by a call); Version, how often its state was written; Waiting, how many
// calls are not answered; State and Metadata as JSON; CreatedAt and UpdatedAt.
type ActorInfo = actors.Listed

const listPageSize = 100

// List returns the actors of the type in the order of their ids, and fetches page
// after page as it goes. An error ends it.
func (a Actor[S, A]) List(ctx context.Context, client *Client) iter.Seq2[ActorInfo, error] {
	return func(yield func(ActorInfo, error) bool) {
		for after := ""; ; {
			page, err := client.backend.ListActors(ctx, a.Type, after, listPageSize)
			if err != nil {
				yield(ActorInfo{}, err)
				return
			}
			for _, info := range page {
				if !yield(info, nil) {
					return
				}
				after = info.ID
			}
			if len(page) < listPageSize {
				return
			}
		}
	}
}

// ActorRef is an actor whose state is an S. The zero ActorRef is no actor.
type ActorRef[S any] struct {
	_       [0]*S // so that it doesn't convert to one of another type
	client  *Client
	typ, id string
	actor   actors.Actor
}

// ID returns the actor's id.
func (r ActorRef[S]) ID() string { return r.id }

// Created reports whether GetOrCreate made the actor, rather than found it.
func (r ActorRef[S]) Created() bool { return r.actor.Created }

// Ready returns once the constructor has run. errors.As finds the *CallError of one
// that failed; errors.Is finds ErrNotFound if the actor was deleted meanwhile, and
// ErrClosed if the client is stopped first.
func (r ActorRef[S]) Ready(ctx context.Context) error {
	if err := r.hasClient(); err != nil {
		return err
	}
	return r.client.backend.WaitReady(ctx, r.actor)
}

// is refuses a ref that a method of the type can't be called on.
func (r ActorRef[S]) is(typ string) error {
	return cmp.Or(r.isOf(typ), r.hasClient())
}

// isOf refuses a ref of another type.
func (r ActorRef[S]) isOf(typ string) error {
	switch r.typ {
	case typ:
		return nil
	case "":
		return badActor("is the zero ActorRef")
	}
	return badActor("is a %q, the declaration is of %q", r.typ, typ)
}

func (r ActorRef[S]) hasClient() error {
	switch {
	case r.typ == "":
		return badActor("is the zero ActorRef")
	case r.client == nil:
		return badActor("has no client: At is for Call and Bind")
	}
	return nil
}

func badActor(format string, args ...any) error {
	return &InputError{Field: "actor", Reason: fmt.Sprintf(format, args...)}
}

// actorPart is what a handler adds to the type of an actor.
type actorPart struct {
	typ   string
	state reflect.Type
	add   func(*actors.Type)
}

// actorHandler is a handler of a part of an actor whose state is an S.
func actorHandler[S any](typ, name string, isNil bool, add func(*actors.Type)) Handler {
	h := badHandler(name, "")
	if isNil {
		h = badHandler(name, "the function is nil")
	}
	h.actor = &actorPart{typ: typ, state: reflect.TypeFor[S](), add: func(t *actors.Type) {
		t.Decode = func(state json.RawMessage) (any, error) {
			decoded, err := decode[S]("it", state)
			return &decoded, err
		}
		t.Encode = func(state any) (json.RawMessage, error) { return encode(state) }
		add(t)
	}}
	return h
}
