package actors

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/pgweir/weir/engine"
)

// CreateParams is an actor that is to exist.
type CreateParams struct {
	// Type and ID name it.
	Type, ID string

	// Queue is that whose workers run its calls.
	//
	// Defaults to "default".
	Queue string

	// Args is the constructor's argument.
	Args json.RawMessage

	// Metadata is the user's own: a JSON object, or nil.
	Metadata json.RawMessage
}

// Actor is one that exists.
type Actor struct {
	key   key
	actor int64

	// Created is false if it was there before.
	Created bool
}

func (p *CreateParams) item(limits engine.Limits) (*createItem, error) {
	err := errors.Join(
		checkKey(p.Type, p.ID),
		engine.CheckQueue("queue", p.Queue),
		engine.CheckPayload("args", p.Args, limits),
		engine.CheckObject("metadata", p.Metadata, limits),
	)
	if err != nil {
		return nil, err
	}
	return &createItem{key: key{p.Type, p.ID}, queue: cmp.Or(p.Queue, queueDefault), args: p.Args, metadata: p.Metadata}, nil
}

// createTries bounds how often a creation is made that meets an actor which is just
// being deleted.
const createTries = 5

// CreateActor makes sure that an actor exists. Its constructor is its first call: of
// any number of creators at once one has it called. Of an actor that exists all
// parameters but its name are ignored. Error: *engine.InputError.
func (r *Runtime) CreateActor(ctx context.Context, params CreateParams) (Actor, error) {
	item, err := params.item(r.config.Limits)
	if err != nil {
		return Actor{}, err
	}
	return item.create(func() error { return r.creating.Do(ctx, item) })
}

// CreateActorTx is CreateActor in the caller's transaction: the actor exists when
// that commits.
func (r *Runtime) CreateActorTx(ctx context.Context, tx pgx.Tx, params CreateParams) (Actor, error) {
	item, err := params.item(r.config.Limits)
	if err != nil {
		return Actor{}, err
	}
	return item.create(func() error {
		_, err := create(ctx, tx, nil, []*createItem{item}, true)
		return err
	})
}

func (i *createItem) create(do func() error) (Actor, error) {
	for range createTries {
		if err := do(); err != nil {
			return Actor{}, fmt.Errorf("creating actor %s %q: %w", i.key.typ, i.key.id, err)
		}
		if i.actor != 0 {
			return Actor{key: i.key, actor: i.actor, Created: i.created}, nil
		}
	}
	return Actor{}, fmt.Errorf("actor %s %q is deleted again and again: %w", i.key.typ, i.key.id, engine.ErrActive)
}

// createAll does a batch of creations, and begins the turns that this process is
// granted.
func (r *Runtime) createAll(ctx context.Context, items []*createItem, patient bool) error {
	o := r.newOffer()
	for _, item := range items {
		item.claim = o.take(item.key, "")
	}
	granted, err := create(ctx, r.config.Pool, o.worker(), items, patient)
	o.end(granted, err)
	return err
}

// WaitReady returns when an actor's constructor has run. Errors: *CallError if it
// failed, and those of WaitCall.
func (r *Runtime) WaitReady(ctx context.Context, actor Actor) error {
	w := r.waiters.Add(actor.actor, constructed, waitFirst)
	_, err := actor.key.answered(r.waiters.Await(ctx, w))
	return err
}
