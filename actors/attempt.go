package actors

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/pgweir/weir/engine"
	"github.com/pgweir/weir/internal/caller"
)

// CallInfo says which call a function is running.
type CallInfo struct {
	// Type and ID are those of the actor.
	Type, ID string

	// Method is the method's name, empty for the constructor.
	Method string

	// Seq is the call's place in the order of the actor's calls.
	Seq int64

	// Attempt counts from 1. What a process that stops has given back doesn't count.
	Attempt int

	// IdempotencyKey is the same for all attempts of the call and different for any
	// other call, of any actor.
	IdempotencyKey string

	// Tick is that of the reminder that made the call. It is zero in other calls.
	Tick Tick
}

type infoKey struct{}

// Info returns the call that ctx was made for, and false if it is no context of a
// constructor or a method.
func Info(ctx context.Context) (CallInfo, bool) {
	info, ok := ctx.Value(infoKey{}).(CallInfo)
	return info, ok
}

// infoOf holds the actor's key beside its id, which a later actor may have after
// this one's deletion.
func (t *turn) infoOf(c call) CallInfo {
	return CallInfo{
		Type: t.typ, ID: t.id, Method: c.method, Seq: c.seq, Attempt: int(c.attempt) + 1,
		Tick:           tickOf(c.tick),
		IdempotencyKey: t.typ + "/" + t.id + "/" + strconv.FormatInt(t.actor, 10) + "/" + strconv.FormatInt(c.seq, 10),
	}
}

// attempt runs a call on the state in memory, and returns the result and the state
// afterwards.
func (t *turn) attempt(ctx context.Context, c call) (result, state json.RawMessage, err error) {
	return t.attemptWith(ctx, c, func(ctx context.Context) (json.RawMessage, error) {
		return t.code.Methods[c.method].Do(ctx, t.state, c.args)
	})
}

// attemptWith is attempt for a method that do calls.
func (t *turn) attemptWith(ctx context.Context, c call, do func(context.Context) (json.RawMessage, error)) (result, state json.RawMessage, err error) {
	ctx = caller.With(context.WithValue(ctx, infoKey{}, t.infoOf(c)), caller.Caller{Actor: t.actor, Seq: c.seq})
	err = engine.Attempt(ctx, c.policy, func(ctx context.Context) (err error) {
		if c.method == "" {
			result = json.RawMessage("null")
			t.state, err = t.code.Construct(ctx, c.args)
			return err
		}
		if err := t.decode(); err != nil {
			return err
		}
		result, err = do(ctx)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	state, err = t.encode()
	return result, state, errors.Join(err, engine.Permanent(engine.CheckPayload("result", result, t.config.Limits)))
}

// decode makes sure that the state is in memory.
func (t *turn) decode() error {
	if t.state != nil {
		return nil
	}
	state, err := t.code.Decode(t.good)
	if err != nil {
		return engine.Permanent(fmt.Errorf("state of actor %s %q: %w", t.typ, t.id, err))
	}
	t.state = state
	if !t.dirty { // what the database made of it looks different, and is the same
		if good, err := t.encode(); err == nil {
			t.good = good
		}
	}
	return nil
}

func (t *turn) encode() (json.RawMessage, error) {
	state, err := t.code.Encode(t.state)
	if err == nil {
		err = engine.CheckPayload("state", state, t.config.Limits)
	}
	return state, engine.Permanent(err)
}
