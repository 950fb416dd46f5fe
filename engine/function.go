package engine

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Functions that every engine has. They need no worker that registers them.
const (
	// FunctionSleep waits without a worker. Its one argument is {"seconds": n}
	// or {"until": RFC 3339 time}; its output is the wake-up time.
	FunctionSleep = "weir.sleep"

	// FunctionEvent waits for an event without a worker. Its one argument is
	// {"key": text} with "seconds": n to wait no longer; its output is the
	// event's payload.
	FunctionEvent = "weir.event"

	// FunctionWait waits until some of its dependencies are done, without a
	// worker. Its arguments are {"n": how many} with "seconds": n to wait no
	// longer, and the list of the dependencies. Its output is {"ready": outcomes,
	// "remaining": references}, both in the order of the list.
	FunctionWait = "weir.wait"

	// FunctionCall calls a method of an actor, and waits for the answer without a
	// worker. Its arguments are what actors.Bind returns, and the method's own; its
	// output is the result.
	FunctionCall = "weir.call"

	// FunctionValue is the identity: its one argument is its output.
	FunctionValue = "weir.value"
)

// Function is a named piece of code that runs steps. Exactly one of Do, DoTx
// and Continue is set. All three may be called by many goroutines at once. An
// error made by Permanent is not retried.
type Function struct {
	// Name is what steps refer to and what is stored.
	Name string

	// Do runs outside of any transaction and returns the step's output.
	Do func(ctx context.Context, args []json.RawMessage) (json.RawMessage, error)

	// DoTx runs in the transaction that also records the output. Committing and
	// rolling back are the engine's: the transaction refuses both.
	DoTx func(ctx context.Context, tx pgx.Tx, args []json.RawMessage) (json.RawMessage, error)

	// Continue returns what stands for the step's output.
	Continue func(ctx context.Context, args []json.RawMessage) (Continuation, error)
}

// Continuation is what a Continue function returns: a graph whose root's output
// becomes the step's own, or the output itself. Exactly one of the two is set.
type Continuation struct {
	Graph *Graph
	Value json.RawMessage
}

// Check refuses, for good, what is not one of the two, or a graph that validate
// refuses. A value is the caller's to check.
func (c Continuation) Check(validate func(*Graph, Limits) error, limits Limits) error {
	switch {
	case (c.Graph == nil) == (c.Value == nil):
		return Permanent(badInput("continuation", "must be a graph or a value"))
	case c.Graph == nil:
		return nil
	}
	if err := validate(c.Graph, limits); err != nil {
		return Permanent(fmt.Errorf("returned graph: %w", err))
	}
	return nil
}
