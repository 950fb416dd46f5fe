package engine

import (
	"encoding/json"
	"time"
)

// Graph is what a workflow is made of: its steps in topological order. Each
// dependency of a step has a smaller index than the step. The last step is the
// root: its output is the workflow's, and it is the only step that no other
// depends on.
//
// In a graph that a Continue function returns, the index of a dependency may be
// that of an Outside step.
type Graph struct {
	Steps []Step
}

// Outside is the index by which a graph names a step that its workflow has
// already, of the given number: a reference that a split of FunctionWait holds.
func Outside(no int32) int { return -1 - int(no) }

// Step is one node of a Graph.
type Step struct {
	// Name is what the step is called within its workflow.
	Name string

	// Named says that the user chose Name for this very step. Two steps of a
	// graph that are both Named alike are refused. A Name that isn't Named is
	// made unique when it is stored: name, name_1, name_2, in the order of
	// Steps.
	Named bool

	// Function is the registered name of the function that runs the step.
	Function string

	// Queue is the queue whose workers may run the step. Empty means "default".
	Queue string

	// Args are the function's arguments.
	Args []Arg

	// After holds indices of steps that must have succeeded before this one
	// starts and whose outputs it doesn't receive.
	After []int

	// Policy says how often and how long the step may try.
	Policy Policy

	// Metadata is the user's own: a JSON object, or nil.
	Metadata json.RawMessage
}

// ArgKind says where the value of an argument comes from.
type ArgKind int

const (
	// ArgValue is a literal.
	ArgValue ArgKind = iota

	// ArgRef is the output of another step. If that step fails for good, so
	// does the workflow.
	ArgRef

	// ArgTry is the outcome of another step: {"value": output} or {"error":
	// error}. The failure of that step is caught.
	ArgTry

	// ArgList is an array of other arguments.
	ArgList

	// ArgMap is an object of other arguments.
	ArgMap
)

// Arg is one argument of a step.
type Arg struct {
	Kind ArgKind

	// Value is the literal of an ArgValue.
	Value json.RawMessage

	// Step is the index of the step that an ArgRef or ArgTry reads, or Outside.
	Step int

	// List holds the elements of an ArgList.
	List []Arg

	// Map holds the fields of an ArgMap.
	Map map[string]Arg
}

// Policy says how often and how long a step may try. The zero value retries 3
// times after 1 s, 2 s and 4 s, with jitter, and never times out.
type Policy struct {
	// Retries is how many attempts may follow the first one. -1 is unlimited.
	//
	// Defaults to 3.
	Retries *int

	// Backoff is the wait before the first retry.
	//
	// Defaults to 1 second.
	Backoff time.Duration

	// MaxBackoff is what no wait exceeds.
	//
	// Defaults to 100 seconds.
	MaxBackoff time.Duration

	// Timeout cancels the context of an attempt, which has failed then. 0 means
	// never.
	Timeout time.Duration

	// Factor is what each further wait is multiplied by: 1 or more.
	//
	// Defaults to 2.
	Factor float64

	// NoDelay retries at once, whatever Backoff says.
	NoDelay bool
}
