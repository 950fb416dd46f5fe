package engine

// Status is where a workflow stands.
type Status string

const (
	// StatusPending waits for its turn or its time.
	StatusPending Status = "PENDING"

	// StatusRunning has work that some worker does or can do.
	StatusRunning Status = "RUNNING"

	// StatusResumable has work left that no living worker can do.
	StatusResumable Status = "RESUMABLE"

	// StatusSuccessful has its output.
	StatusSuccessful Status = "SUCCESSFUL"

	// StatusFailed was ended by a step that failed for good.
	StatusFailed Status = "FAILED"

	// StatusCanceled was ended by a call.
	StatusCanceled Status = "CANCELED"
)

// Finished reports whether the workflow does nothing more unless it is resumed.
func (s Status) Finished() bool {
	return s == StatusSuccessful || s == StatusFailed || s == StatusCanceled
}
