package engine

import (
	"errors"
	"fmt"
	"strings"
)

// StepError is how a step failed for good. It is stored as JSON with the step,
// and what is read back equals what was stored.
//
// errors.Is(err, target) holds if target has a method ErrorType() string that
// returns Type; the sentinels of this package have it. An error of the user's
// that has that method is thus recognised after it was stored. If target is
// itself a *StepError, each field of it that isn't zero must be equal.
type StepError struct {
	// Step is the name of the step.
	Step string `json:"step"`

	// Type names the kind of error, as TypeOf has it.
	Type string `json:"type"`

	// Message is the text of the last attempt's error.
	Message string `json:"message"`

	// Attempts is how many attempts there were.
	Attempts int `json:"attempts"`

	// Stack is the stack of a panic, else empty.
	Stack string `json:"stack,omitempty"`
}

func (e *StepError) Error() string {
	attempts := "1 attempt"
	if e.Attempts != 1 {
		attempts = fmt.Sprintf("%d attempts", e.Attempts)
	}
	return fmt.Sprintf("step %q failed after %s: %s", e.Step, attempts, e.Message)
}

// ErrorType is the Type: an error that wraps a StepError keeps its type.
func (e *StepError) ErrorType() string { return e.Type }

// Is reports whether e is an error such as target.
func (e *StepError) Is(target error) bool {
	switch target := target.(type) {
	case *StepError:
		return (target.Step == "" || target.Step == e.Step) &&
			(target.Type == "" || target.Type == e.Type) &&
			(target.Message == "" || target.Message == e.Message) &&
			(target.Attempts == 0 || target.Attempts == e.Attempts) &&
			(target.Stack == "" || target.Stack == e.Stack)
	case interface{ ErrorType() string }:
		return e.Type != "" && target.ErrorType() == e.Type
	}
	return false
}

// TypeOf names the kind of err for a StepError. The first error in its tree that
// has a method ErrorType() string decides; without one, it is the Go type of the
// outermost error that isn't a mere wrapper of the standard library's.
func TypeOf(err error) string {
	var typed interface{ ErrorType() string }
	if errors.As(err, &typed) {
		return typed.ErrorType()
	}
	for {
		name := fmt.Sprintf("%T", err)
		inner := errors.Unwrap(err)
		if inner == nil || name != "*fmt.wrapError" && name != "*engine.permanentError" {
			return strings.TrimPrefix(name, "*")
		}
		err = inner
	}
}
