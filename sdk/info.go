package sdk

import (
	"context"

	"github.com/pgweir/weir/engine"
)

// StepInfo says which step a function is running: WorkflowID; Step, its name;
// Attempt, from 1; and IdempotencyKey, which is the same for all attempts of the
// step and different for any other step, in any workflow.
type StepInfo = engine.StepInfo

// Info returns the step whose function got ctx, and false elsewhere.
func Info(ctx context.Context) (StepInfo, bool) { return engine.Info(ctx) }
