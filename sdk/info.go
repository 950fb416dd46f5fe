package sdk

import (
	"context"

	"github.com/pgweir/weir/engine"
)

// StepInfo says which step a function is running.
type StepInfo = engine.StepInfo

// Info returns the step whose function got ctx, and false elsewhere.
func Info(ctx context.Context) (StepInfo, bool) { return engine.Info(ctx) }
