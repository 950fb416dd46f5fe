package sdk

import (
	"fmt"

	"github.com/pgweir/weir/actors"
	"github.com/pgweir/weir/engine"
	"github.com/pgweir/weir/migrations"
)

// Errors of a database that isn't what the client needs. Client.Start looks; any
// other call may meet it, too.
var (
	// ErrUnreachable means that no session could be opened.
	ErrUnreachable = migrations.ErrUnreachable

	// ErrReadOnly means that the server is a standby or takes no writes.
	ErrReadOnly = migrations.ErrReadOnly

	// ErrServerTooOld means that the server is older than Postgres 14.
	ErrServerTooOld = migrations.ErrServerTooOld

	// ErrNotMigrated means that migrations.Up was never run.
	ErrNotMigrated = migrations.ErrNotMigrated

	// ErrSchemaTooOld means that migrations.Up of this binary was not run.
	ErrSchemaTooOld = migrations.ErrTooOld
)

// SchemaNewerError means that a newer binary has migrated the database.
type SchemaNewerError = migrations.NewerError

// Errors of calls that name a workflow.
var (
	// ErrNotFound means that there is no workflow of that id. Who waits gets it,
	// too, when the workflow is deleted meanwhile.
	ErrNotFound = engine.ErrNotFound

	// ErrExists means that there is a workflow of that id, which a start with
	// OnExistingReject refuses.
	ErrExists = engine.ErrExists

	// ErrActive means that the workflow can't be deleted because it isn't finished.
	// A start gets it if workflows of its ID are deleted again and again meanwhile.
	ErrActive = engine.ErrActive

	// ErrFinished means that the workflow can't be cancelled because it has
	// succeeded or failed, or that it gets no events because it has ended.
	ErrFinished = engine.ErrFinished

	// ErrCanceled means that the workflow was cancelled. As the cause of a step's
	// context it means that the step was stopped: its workflow was cancelled,
	// another step failed, or another worker was given the step.
	ErrCanceled = engine.ErrCanceled

	// ErrStepNotFound means that the workflow has no step of that name, and that
	// it has ended if who asks would have waited for one.
	ErrStepNotFound = engine.ErrStepNotFound

	// ErrEventConflict means that an event of this key and dedupe key, but with
	// another payload, was accepted before.
	ErrEventConflict = engine.ErrEventConflict

	// ErrFull means that the workflow would have to wait behind a limit, and that
	// as many wait there already as its MaxPending says.
	ErrFull = engine.ErrFull
)

// Errors of actors.
var (
	// ErrBlocked means that a call with CallOpts.Block failed for good, and that its
	// actor waits for Actor.Resume.
	ErrBlocked = actors.ErrBlocked

	// ErrUnknownMethod means that no worker has a handler for this method or query of an
	// actor, though some have one for its constructor.
	ErrUnknownMethod = engine.ErrUnknownMethod

	// ErrNotReady means that an actor has no state yet.
	ErrNotReady = actors.ErrNotReady

	// ErrCycle is what every *CycleError is.
	ErrCycle = engine.ErrCycle

	// ErrVersion means that an actor's state has another version than was expected.
	ErrVersion = engine.ErrVersion
)

// ErrManagedTx is returned by Commit and Rollback of the transaction that a DoTx
// function gets. If the function has ended it by SQL, the step fails for good.
var ErrManagedTx = engine.ErrManagedTx

// ErrClosed is what waits get when their client is stopped. The workflow goes on.
var ErrClosed = engine.ErrClosed

// Errors of steps: what errors.Is finds in a *StepError, and what context.Cause
// says of the context of a step's function.
var (
	// ErrTimeout means that an attempt took longer than the Timeout of its step, or
	// that no event came within the Timeout of an Event.
	ErrTimeout = engine.ErrTimeout

	// ErrLost, in a *StepError, means that as many attempts as Config.Poison says
	// were lost with their workers. As a cause it means that this worker has lost
	// its right to the step, which runs again.
	ErrLost = engine.ErrLost

	// ErrStopping is a cause only: the process stops, Config.SoftStop is over, and
	// the step is given back for others to run.
	ErrStopping = engine.ErrStopping

	// ErrPanic means that the function panicked.
	ErrPanic = engine.ErrPanic

	// ErrDecode is what every *DecodeError is.
	ErrDecode = engine.ErrDecode

	// ErrInput is what every *InputError is.
	ErrInput = engine.ErrInput
)

// StepError is how a step failed for good: Step, its name; Type and Message of the
// last attempt's error; Attempts; and Stack, if that was a panic. An error of
// one's own is recognised in it by errors.Is if it has a method
// ErrorType() string, whose result is stored.
type StepError = engine.StepError

// InputError refuses a value before anything is stored: Field is the path of the
// value, such as "steps[3].retry.max" for Retry.Max of the fourth step of a graph,
// inputs before their consumer; Reason names that step and says what is wrong.
type InputError = engine.InputError

// CanceledError is how a workflow ended that was cancelled. errors.Is finds
// ErrCanceled.
type CanceledError struct {
	// WorkflowID is the workflow's id.
	WorkflowID string

	// Reason is what was given to Cancel, empty if nothing was.
	Reason string
}

func (e *CanceledError) Error() string {
	text := fmt.Sprintf("workflow %q: %v", e.WorkflowID, ErrCanceled)
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	return text
}

// Unwrap returns ErrCanceled.
func (e *CanceledError) Unwrap() error { return ErrCanceled }

// Permanent returns err such that the step that returns it is not retried.
func Permanent(err error) error { return engine.Permanent(err) }
