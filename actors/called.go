package actors

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/pgweir/weir/engine"
	"github.com/pgweir/weir/internal/caller"
)

// CallParams is a call of a method that writes.
type CallParams struct {
	// Type and ID name the actor.
	Type, ID string

	// Method is the method's name.
	Method string

	// Name is what the call is called, or empty.
	Name string

	// Args is the method's argument.
	Args json.RawMessage

	// Policy says how often and how long it may try. Without Retries it is tried
	// once.
	Policy engine.Policy

	// Block leaves a call that has failed for good at the head of the actor's calls,
	// until a resume.
	Block bool

	// Metadata is the user's own: a JSON object, or nil.
	Metadata json.RawMessage
}

// Called is a call that was accepted.
type Called struct {
	key   key
	actor int64

	// Seq is its place in the order of the actor's calls.
	Seq int64
}

func (p *CallParams) item(limits engine.Limits) (*callItem, error) {
	if err := errors.Join(p.check(limits), engine.CheckPayload("args", p.Args, limits)); err != nil {
		return nil, err
	}
	return &callItem{
		key: key{p.Type, p.ID}, method: p.Method, name: p.Name, args: p.Args,
		policy: encodePolicy(p.Policy, p.Block), metadata: p.Metadata,
	}, nil
}

// check refuses what is wrong beside the argument.
func (p *CallParams) check(limits engine.Limits) error {
	errs := append([]error{
		checkKey(p.Type, p.ID),
		CheckMethod(p.Method),
		engine.CheckObject("metadata", p.Metadata, limits),
	}, p.Policy.Check()...)
	if p.Name != "" {
		errs = append(errs, engine.CheckText("name", p.Name))
	}
	return errors.Join(errs...)
}

// from notes who calls with ctx.
func (i *callItem) from(ctx context.Context, waits bool) {
	if by, known := caller.Made(ctx, waits, i.key.typ, i.key.id, i.method, string(i.args)); known {
		i.caller = by.JSON()
	}
}

func checkKey(typ, id string) error {
	return errors.Join(CheckType(typ), engine.CheckText("id", id))
}

// CallActor has a call accepted: once it returns, the call is durable and has its
// place in the order of the actor's calls. One that the step or the call whose context
// ctx is has made before, and that has not failed, is found instead. Errors:
// *engine.InputError, engine.ErrNotFound.
func (r *Runtime) CallActor(ctx context.Context, params CallParams) (Called, error) {
	item, err := params.item(r.config.Limits)
	if err != nil {
		return Called{}, err
	}
	item.from(ctx, false)
	return r.callItem(ctx, item)
}

// RunCall is CallActor and then WaitCall.
func (r *Runtime) RunCall(ctx context.Context, params CallParams) (json.RawMessage, error) {
	item, err := params.item(r.config.Limits)
	if err != nil {
		return nil, err
	}
	item.waits = true
	item.from(ctx, true)
	called, err := r.callItem(ctx, item)
	switch {
	case err != nil:
		return nil, err
	case item.again:
		return r.WaitCall(ctx, called)
	}
	return item.key.answered(r.waiters.Await(ctx, item.waiter))
}

func (r *Runtime) callItem(ctx context.Context, item *callItem) (Called, error) {
	if err := r.calling.Do(ctx, item); err != nil {
		return Called{}, fmt.Errorf("calling %s of actor %s %q: %w", item.method, item.key.typ, item.key.id, err)
	}
	return item.accepted()
}

// accepted is what the caller is told.
func (i *callItem) accepted() (Called, error) {
	switch {
	case i.refused != nil:
		return Called{}, i.refused
	case i.called.actor == 0:
		return Called{}, i.key.unknown()
	}
	return i.called, nil
}

func (k key) unknown() error {
	return fmt.Errorf("actor %s %q: %w", k.typ, k.id, engine.ErrNotFound)
}

// CallActorTx is CallActor in the caller's transaction: the call is made when that
// commits. Until then whoever else calls the actor waits.
func (r *Runtime) CallActorTx(ctx context.Context, tx pgx.Tx, params CallParams) (Called, error) {
	item, err := params.item(r.config.Limits)
	if err != nil {
		return Called{}, err
	}
	if _, err := enqueue(ctx, tx, nil, []*callItem{item}, true); err != nil {
		return Called{}, fmt.Errorf("calling %s of actor %s %q: %w", item.method, item.key.typ, item.key.id, err)
	}
	return item.accepted()
}

// enqueueAll does a batch of calls, and begins the turns that this process is
// granted. Who waits for an answer has a place for it before.
func (r *Runtime) enqueueAll(ctx context.Context, items []*callItem, patient bool) error {
	o := r.newOffer()
	for _, item := range items {
		item.claim = o.take(item.key, item.method)
	}
	granted, err := enqueue(ctx, r.config.Pool, o.worker(), items, patient)
	if err == nil {
		for _, item := range items {
			if item.waits && item.called.actor != 0 && !item.again {
				item.waiter = r.waiters.Add(item.called.actor, item.called.Seq, r.waiters.First())
			}
		}
	}
	o.end(granted, err)
	return err
}

// WaitCall returns the result of a call when there is one. A cancelled ctx ends the
// wait with its cause and nothing else. Errors: *CallError of a call that failed,
// also within ErrBlocked; engine.ErrNotFound when the actor was deleted;
// *CycleError if the call whose context ctx is would wait for itself;
// engine.ErrClosed when the runtime stops.
func (r *Runtime) WaitCall(ctx context.Context, called Called) (json.RawMessage, error) {
	if err := r.noteWait(ctx, called); err != nil {
		return nil, err
	}
	w := r.waiters.Add(called.actor, called.Seq, waitFirst)
	return called.key.answered(r.waiters.Await(ctx, w))
}
