package sdk

import (
	"context"
	"fmt"

	"github.com/pgweir/weir/engine"
)

// Handle is a workflow whose output is a T. The zero Handle is no workflow.
type Handle[T any] struct {
	_       [0]*T // so that a Handle doesn't convert to one of another type
	client  *Client
	started engine.Started
}

func newHandle[T any](client *Client, started engine.Started) Handle[T] {
	return Handle[T]{client: client, started: started}
}

// Attach returns the handle of a workflow that was started by anyone, at any
// time. It asks nothing: an unknown id is ErrNotFound when the handle is used.
func Attach[T any](client *Client, id string) Handle[T] {
	return newHandle[T](client, engine.Started{ID: id, SameGraph: true})
}

// ID returns the workflow's id.
func (h Handle[T]) ID() string { return h.started.ID }

// Created reports whether the start made the workflow, rather than found it.
func (h Handle[T]) Created() bool { return h.started.Created }

// SameGraph reports whether the workflow that the start found has the graph that
// it was given. The stored one is what runs.
func (h Handle[T]) SameGraph() bool { return h.started.SameGraph }

// Wait returns the output once the workflow is successful. errors.As finds the
// *StepError of a workflow that failed, and errors.Is finds ErrCanceled,
// ErrNotFound, ErrDecode if the output is no T, and ErrClosed if the client is
// stopped first. If ctx ends first, its error is returned and the workflow goes
// on. Any number may wait at once.
func (h Handle[T]) Wait(ctx context.Context) (T, error) {
	var zero T
	if h.client == nil {
		return zero, h.noWorkflow()
	}
	outcome, err := h.client.wait(ctx, h.started)
	if err != nil {
		return zero, err
	}
	return outputOf[T](h.ID(), outcome)
}

// Status returns where the workflow stands now. It fails with ErrNotFound.
func (h Handle[T]) Status(ctx context.Context) (Status, error) {
	if h.client == nil {
		return "", h.noWorkflow()
	}
	return h.client.Status(ctx, h.ID())
}

func (h Handle[T]) noWorkflow() error {
	return &InputError{Field: "handle", Reason: "is of no workflow"}
}

// wait needs no look-up for what this client has started itself.
func (c *Client) wait(ctx context.Context, started engine.Started) (engine.Outcome, error) {
	if started.Key == 0 {
		return c.backend.Wait(ctx, started.ID)
	}
	return c.backend.WaitStarted(ctx, started)
}

func outcomeError(id string, outcome engine.Outcome) error {
	switch {
	case outcome.Status == engine.StatusSuccessful:
		return nil
	case outcome.Status == engine.StatusCanceled:
		return &CanceledError{WorkflowID: id, Reason: outcome.CancelReason}
	case outcome.Error != nil:
		return fmt.Errorf("workflow %q: %w", id, outcome.Error)
	}
	return fmt.Errorf("workflow %q is %s", id, outcome.Status)
}
