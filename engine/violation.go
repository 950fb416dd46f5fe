package engine

// Violation is an invariant that some row breaks: one that should never be seen.
type Violation struct {
	// Invariant is the sentence that doesn't hold.
	Invariant string

	// WorkflowID is the workflow's id, or empty if it is about no workflow.
	WorkflowID string

	// Step is the step's name, or empty if it is about no step.
	Step string

	// Detail is what was seen.
	Detail string
}
