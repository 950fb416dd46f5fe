package sdk

import (
	"context"
	"encoding/json"

	"github.com/pgweir/weir/actors"
)

// CallHandle is a call whose result is an R. The zero CallHandle is no call.
type CallHandle[R any] struct {
	client *Client
	called actors.Called
	result func(json.RawMessage) (R, error)
}

// Seq is the call's place in the order of its actor's calls.
func (h CallHandle[R]) Seq() int64 { return h.called.Seq }

// Wait returns the result once the call has been answered. errors.As finds the
// *CallError of a call that failed, and errors.Is finds ErrBlocked too if it blocks
// its actor, ErrNotFound if the actor was deleted, ErrDecode if the result is no R,
// and ErrClosed if the client is stopped first. If ctx ends first, its error is
// returned and the call goes on. Any number may wait at once.
func (h CallHandle[R]) Wait(ctx context.Context) (R, error) {
	var zero R
	if h.client == nil {
		return zero, &InputError{Field: "handle", Reason: "is of no call"}
	}
	result, err := h.client.backend.WaitCall(ctx, h.called)
	if err != nil {
		return zero, err
	}
	return h.result(result)
}

// CallInfo says which call a function is running: Type and ID of the actor; Method,
// empty in the constructor; Seq, the call's place; Attempt, from 1;
// IdempotencyKey, which is the same for all attempts of the call and different for
// any other call, of any actor; and Tick, zero if no reminder made the call.
type CallInfo = actors.CallInfo

// InfoOfCall returns the call whose constructor or method got ctx, and false
// elsewhere.
func InfoOfCall(ctx context.Context) (CallInfo, bool) { return actors.Info(ctx) }

// CycleError refuses a call that would wait for itself, by way of others: Chain are
// the actors that would wait, each for the next one, from the first to that again.
// errors.Is finds ErrCycle.
type CycleError = actors.CycleError

// CallError is how a call failed for good: Type and ID of the actor, and Err, the
// *StepError, with the method as its Step. errors.Is and errors.As find what they
// find in that.
type CallError = actors.CallError
