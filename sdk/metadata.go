package sdk

import (
	"context"

	"github.com/pgweir/weir/engine"
)

// Metadata is what is known of a workflow: Status; UserMetadata, the JSON object
// given at its start; and Stats. As JSON it has the keys of weir.metadata in SQL.
type Metadata = engine.Metadata

// StepMetadata is what is known of a step: Name, before it was numbered to be
// unique; StepType and StepOptions; Workflows, the names of the steps it depends
// on; UserMetadata, the JSON object given with it; and Stats. As JSON it has the
// keys of weir.step_metadata in SQL.
type StepMetadata = engine.StepMetadata

// StepOptions are the settings of a step: StepType, "FUNCTION" or "WAIT";
// MaxRetries, -1 for no limit; CatchExceptions, whether all who bind it bind a Try
// of it; Queue; and Timeout in seconds, 0 for none.
type StepOptions = engine.StepOptions

// Stats are when something ran: StartTime and EndTime, each zero if it isn't
// known. What runs has no EndTime, nor has a cancelled workflow or a failed step.
type Stats = engine.Stats

// Metadata returns what is known of a workflow now. It fails with ErrNotFound.
func (c *Client) Metadata(ctx context.Context, id string) (Metadata, error) {
	return c.backend.Metadata(ctx, id)
}

// StepMetadata returns what is known of a step now. It fails with ErrNotFound, or
// ErrStepNotFound.
func (c *Client) StepMetadata(ctx context.Context, id, step string) (StepMetadata, error) {
	return c.backend.StepMetadata(ctx, id, step)
}
