package engine

import (
	"context"
	"encoding/json"
	"math"
	"time"
)

// Metadata is what is known of a workflow. As JSON it is what weir.metadata
// returns.
type Metadata struct {
	// Status is where the workflow stands.
	Status Status `json:"status"`

	// UserMetadata is what was given at the start, a JSON object.
	UserMetadata json.RawMessage `json:"user_metadata"`

	// Stats are from when it was last set going until it succeeded or failed.
	Stats Stats `json:"stats"`
}

// StepMetadata is what is known of a step. As JSON it is what weir.step_metadata
// returns.
type StepMetadata struct {
	// Name is the step's before it was numbered to be unique.
	Name string `json:"name"`

	// StepType is "FUNCTION", or "WAIT" for a wait for some of many.
	StepType string `json:"step_type"`

	// StepOptions are the settings it runs under.
	StepOptions StepOptions `json:"step_options"`

	// Workflows are the names of the steps that it depends on.
	Workflows []string `json:"workflows"`

	// WorkflowRefs is always empty: a step depends on steps only.
	WorkflowRefs []string `json:"workflow_refs"`

	// UserMetadata is what was given with the step, a JSON object.
	UserMetadata json.RawMessage `json:"user_metadata"`

	// Stats are from its first attempt until its body succeeded. What the graph
	// took that the body returned isn't part of that.
	Stats Stats `json:"stats"`
}

// StepOptions are the settings that a step runs under.
type StepOptions struct {
	// StepType is that of the StepMetadata.
	StepType string `json:"step_type"`

	// MaxRetries is how many attempts may follow the first, or -1 for no limit.
	MaxRetries int `json:"max_retries"`

	// CatchExceptions says whether all who depend on it take its failure as a value.
	CatchExceptions bool `json:"catch_exceptions"`

	// Queue is the queue whose workers run it.
	Queue string `json:"queue"`

	// Timeout is that of an attempt, in seconds, 0 for none.
	Timeout float64 `json:"timeout,omitempty"`
}

// Stats are when something ran. A time that isn't known, or not yet, is zero. As
// JSON they are seconds since 1970, and what is zero isn't there.
type Stats struct {
	StartTime time.Time
	EndTime   time.Time
}

// storedStats are Stats as the database has them.
type storedStats struct {
	StartTime epoch `json:"start_time,omitzero"`
	EndTime   epoch `json:"end_time,omitzero"`
}

// MarshalJSON is exact to the microsecond, as the database is.
func (s Stats) MarshalJSON() ([]byte, error) {
	return json.Marshal(storedStats{epoch{s.StartTime}, epoch{s.EndTime}})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (s *Stats) UnmarshalJSON(text []byte) error {
	var stored storedStats
	if err := json.Unmarshal(text, &stored); err != nil {
		return err
	}
	*s = Stats{stored.StartTime.Time, stored.EndTime.Time}
	return nil
}

// epoch is a time that is seconds since 1970 as JSON.
type epoch struct{ time.Time }

func (e epoch) MarshalJSON() ([]byte, error) {
	return json.Marshal(float64(e.UnixMicro()) / 1e6)
}

func (e *epoch) UnmarshalJSON(text []byte) error {
	var seconds float64
	if err := json.Unmarshal(text, &seconds); err != nil {
		return err
	}
	e.Time = time.UnixMicro(int64(math.Round(seconds * 1e6)))
	return nil
}

// Metadata returns what is known of a workflow now. Error: ErrNotFound.
func (e *Engine) Metadata(ctx context.Context, id string) (metadata Metadata, err error) {
	err = manage(ctx, e.config.Pool, `select weir.metadata($1)`, id, &metadata)
	return metadata, err
}

// StepMetadata returns what is known of a step now. Errors: ErrNotFound,
// ErrStepNotFound.
func (e *Engine) StepMetadata(ctx context.Context, id, step string) (metadata StepMetadata, err error) {
	if err := CheckText("step", step); err != nil {
		return metadata, err
	}
	err = manage(ctx, e.config.Pool, `select weir.step_metadata($1, $2)`, id, &metadata, step)
	return metadata, err
}
