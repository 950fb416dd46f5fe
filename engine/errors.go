package engine

import (
	"errors"
	"fmt"
)

// sentinel is an error that is recognised by its code, also when all that is
// left of it is a row in the database.
type sentinel struct {
	code, text string
}

func (e *sentinel) Error() string     { return e.text }
func (e *sentinel) ErrorType() string { return e.code }

// Errors of calls that name a workflow. Package sdk says who gets which, and when.
var (
	// ErrNotFound means that there is no workflow, or actor, of that id.
	ErrNotFound error = &sentinel{"weir.not_found", "not found"}

	// ErrExists means that there is a workflow of that id, and should be none.
	ErrExists error = &sentinel{"weir.exists", "workflow already exists"}

	// ErrActive means that the workflow is not finished.
	ErrActive error = &sentinel{"weir.active", "workflow is still active"}

	// ErrFinished means that the workflow has succeeded or failed.
	ErrFinished error = &sentinel{"weir.finished", "workflow is already finished"}

	// ErrCanceled means that the workflow was cancelled, or a running step stopped.
	ErrCanceled error = &sentinel{"weir.canceled", "workflow canceled"}

	// ErrStepNotFound means that the workflow has no step of that name.
	ErrStepNotFound error = &sentinel{"weir.step_not_found", "step not found"}

	// ErrEventConflict means that another event of that dedupe key was accepted.
	ErrEventConflict error = &sentinel{"weir.event_conflict", "another event was accepted"}

	// ErrFull means that a limit lets no more workflows wait.
	ErrFull error = &sentinel{"weir.full", "too many workflows wait already"}

	// ErrVersion means that an actor's state has another version than expected.
	ErrVersion error = &sentinel{"weir.version", "state has another version"}

	// ErrUnknownMethod means that no worker has this method or query of an actor, though
	// some have its constructor.
	ErrUnknownMethod error = &sentinel{"weir.unknown_method", "method is unknown"}

	// ErrCycle means that a call of an actor would wait for itself.
	ErrCycle error = &sentinel{"weir.cycle", "call would wait for itself"}
)

// Errors of steps, stored with them, and causes of their contexts.
var (
	// ErrTimeout means that an attempt took longer than its step allows.
	ErrTimeout error = &sentinel{"weir.timeout", "step timed out"}

	// ErrLost means that a worker lost its right to the step.
	ErrLost error = &sentinel{"weir.lost", "step lost by its worker"}

	// ErrStopping means that the process stops and gives the step back.
	ErrStopping error = &sentinel{"weir.stopping", "worker is stopping"}

	// ErrPanic means that the function panicked.
	ErrPanic error = &sentinel{"weir.panic", "step panicked"}

	// ErrDecode means that a stored value doesn't fit the Go type that reads it.
	ErrDecode error = &sentinel{"weir.decode", "stored value doesn't decode"}

	// ErrInput is what every *InputError is.
	ErrInput error = &sentinel{"weir.input", "bad input"}
)

// InputError refuses a value before anything is stored.
type InputError struct {
	// Field is the path of the value, such as "steps[3].retry.max".
	Field string

	// Reason says what is wrong with it, and of which step it is.
	Reason string
}

func (e *InputError) Error() string { return e.Field + ": " + e.Reason }

// ErrorType makes errors.Is(err, ErrInput) true, also after a round trip.
func (e *InputError) ErrorType() string { return "weir.input" }

// Is reports whether target is ErrInput.
func (e *InputError) Is(target error) bool { return target == ErrInput }

func badInput(field, format string, args ...any) error {
	return &InputError{Field: field, Reason: fmt.Sprintf(format, args...)}
}

// permanentError marks an error that no retry can cure.
type permanentError struct{ cause error }

func (e *permanentError) Error() string { return e.cause.Error() }
func (e *permanentError) Unwrap() error { return e.cause }

// Permanent returns err such that the step that fails with it is not retried.
// errors.Is and errors.As still find err. Permanent(nil) is nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanentError{err}
}

// IsPermanent reports whether err, or an error it wraps, was made by Permanent. One
// whose methods panic is not: it is stored as ErrPanic.
func IsPermanent(err error) (is bool) {
	defer func() {
		if recover() != nil {
			is = false
		}
	}()
	var permanent *permanentError
	return errors.As(err, &permanent)
}
