package engine

import "context"

// StepInfo says which step a function is running.
type StepInfo struct {
	// WorkflowID is the id of the step's workflow.
	WorkflowID string

	// Step is the step's name, unique in its workflow.
	Step string

	// Attempt counts from 1.
	Attempt int

	// IdempotencyKey is the same for all attempts of the step and different for
	// any other step, in any workflow.
	IdempotencyKey string
}

type infoKey struct{}

// Info returns the step that ctx was made for, and false if it is no context of
// a step's function.
func Info(ctx context.Context) (StepInfo, bool) {
	info, ok := ctx.Value(infoKey{}).(StepInfo)
	return info, ok
}

func withInfo(ctx context.Context, info StepInfo) context.Context {
	return context.WithValue(ctx, infoKey{}, info)
}
