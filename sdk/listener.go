package sdk

import (
	"context"
	"time"
)

// EventListener waits for an event where it comes from, such as a queue, and tells
// there when it is safe. Many goroutines may call it at once.
type EventListener[A, E any] interface {
	// Poll returns an event. It is called until it has returned one and that is
	// stored, and never after. It holds a worker while it runs; between an error
	// and the retry it holds none.
	Poll(ctx context.Context, a A) (E, error)

	// Checkpointed is called once the event is stored, until it has returned
	// without an error. The id is the same for each call for this event, and
	// another one for any other event.
	Checkpointed(ctx context.Context, id string, event E) error
}

// Listen declares a step that waits for an event by an EventListener. Its value is
// the event. Where somebody can send the event here, an Event is cheaper: it holds
// no worker.
type Listen[A, E any] struct {
	// Name is what is stored and by what workers know the step: 1-114 bytes, not
	// starting with "weir.". Checkpointed is called by a step of its own, whose
	// name has ".checkpointed" added.
	Name string

	// Retry is for failed attempts of either step. A Poll that is to look for an
	// event now and then returns an error meanwhile, with Max Forever.
	//
	// Defaults to 3 retries after 1 s, 2 s and 4 s, with jitter.
	Retry Retry

	// Timeout cancels the context of an attempt that takes longer, which has failed
	// with ErrTimeout then.
	//
	// Defaults to none.
	Timeout time.Duration

	// Queue is the queue whose workers run both steps. NodeOpts set that of Poll.
	//
	// Defaults to "default".
	Queue string

	// Metadata is stored with both steps.
	Metadata map[string]any
}

func (l Listen[A, E]) declared() declaration { return declaration(l) }

// Call makes a step of a value for Poll, which is encoded at once.
func (l Listen[A, E]) Call(a A) Ref[E] {
	return l.Bind(Val(a))
}

// Bind makes a step of what another one will return for Poll.
func (l Listen[A, E]) Bind(a Ref[A]) Ref[E] {
	return Ref[E]{node: l.declared().bind(a.node)}
}

// Do implements the step by a listener. The handler is refused by New if it is
// nil.
func (l Listen[A, E]) Do(listener EventListener[A, E]) Handler {
	if listener == nil {
		return badHandler(l.Name, "the listener is nil")
	}
	checkpointed := l.declared()
	checkpointed.Name += ".checkpointed"

	// The graph that the step returns holds the event: once that is stored, so is
	// the event.
	poll := continueHandler(l.Name, false, func(ctx context.Context, in *arguments) (*node, error) {
		a := next[A](in)
		if err := in.end(); err != nil {
			return nil, err
		}
		event, err := listener.Poll(ctx, a)
		return checkpointed.bind(valueNode(event)), err
	})
	commit := doHandler(checkpointed.Name, false, func(ctx context.Context, in *arguments) (any, error) {
		event := next[E](in)
		if err := in.end(); err != nil {
			return nil, err
		}
		step, _ := Info(ctx)
		return in.stored[0], listener.Checkpointed(ctx, step.IdempotencyKey, event)
	})
	return poll.with(commit)
}
