package sdk

import (
	"context"
	"fmt"

	"github.com/pgweir/weir/engine"
)

// Output waits for the output of a workflow that was started by anyone, at any
// time: it is Handle.Wait of Attach.
func Output[T any](ctx context.Context, client *Client, id string) (T, error) {
	return Attach[T](client, id).Wait(ctx)
}

// OutputNow is Output without waiting. As long as the workflow has not ended, done
// is false and there is no error; then it is true, also beside an error.
func OutputNow[T any](ctx context.Context, client *Client, id string) (output T, done bool, err error) {
	outcome, done, err := client.backend.Outcome(ctx, id)
	if err != nil || !done {
		return output, false, err
	}
	output, err = outputOf[T](id, outcome)
	return output, true, err
}

// StepOutput waits for the output of one step: its own or, if it returned more
// graph, that of the graph. The step need not be there yet, as another one may
// bring it. Beyond the errors of Handle.Wait, errors.As finds the *StepError if
// the step failed for good, and errors.Is finds ErrStepNotFound if the workflow
// ended without the step having run, and ErrCanceled if it was cancelled before.
func StepOutput[T any](ctx context.Context, client *Client, id, step string) (T, error) {
	outcome, err := client.backend.WaitStep(ctx, id, step)
	if err != nil {
		var zero T
		return zero, err
	}
	return stepOutputOf[T](id, step, outcome)
}

// StepOutputNow is StepOutput without waiting. As long as there may still be an
// output, done is false and there is no error; then it is true, also beside an
// error.
func StepOutputNow[T any](ctx context.Context, client *Client, id, step string) (output T, done bool, err error) {
	outcome, done, err := client.backend.StepOutcome(ctx, id, step)
	if err != nil || !done {
		return output, done, err
	}
	output, err = stepOutputOf[T](id, step, outcome)
	return output, true, err
}

func outputOf[T any](id string, outcome engine.Outcome) (T, error) {
	return valueOf[T](fmt.Sprintf("output of workflow %q", id), id, outcome)
}

func stepOutputOf[T any](id, step string, outcome engine.Outcome) (T, error) {
	return valueOf[T](fmt.Sprintf("output of step %q of workflow %q", step, id), id, outcome)
}

// valueOf decodes what a workflow, or a step of it, ended with.
func valueOf[T any](value, id string, outcome engine.Outcome) (T, error) {
	if err := outcomeError(id, outcome); err != nil {
		var zero T
		return zero, err
	}
	return decode[T](value, outcome.Output)
}
