package actors

import (
	"errors"
	"fmt"

	"github.com/pgweir/weir/engine"
)

var (
	// ErrBlocked means that a call that was to block has failed and is at the head
	// of its actor's calls, until a resume.
	ErrBlocked = errors.New("call has failed and blocks its actor")

	// ErrNotReady means that a query met an actor that has no state yet.
	ErrNotReady = errors.New("actor has no state yet")
)

// CallError is how a call failed for good. errors.Is and errors.As find what they
// find in a StepError, which it wraps.
type CallError struct {
	// Type and ID are those of the actor.
	Type, ID string

	// Err has the method as its Step; empty is the constructor.
	Err *engine.StepError
}

func (e *CallError) Error() string {
	method := e.Err.Step
	if method == "" {
		method = "its constructor"
	}
	attempts := "1 attempt"
	if e.Err.Attempts != 1 {
		attempts = fmt.Sprintf("%d attempts", e.Err.Attempts)
	}
	return fmt.Sprintf("actor %s %q: %s failed after %s: %s", e.Type, e.ID, method, attempts, e.Err.Message)
}

// Unwrap returns the StepError.
func (e *CallError) Unwrap() error { return e.Err }
