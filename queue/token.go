package queue

import "time"

// Token is what a River job carries: which step somebody should look at.
type Token struct {
	Job      int64 // the River job
	Workflow int64
	Step     int32
}

// Held is a step that this process has claimed and not settled yet.
type Held struct {
	Workflow  int64
	Step      int32
	Epoch     int32
	Job       int64 // the River job under which it was claimed
	Attempt   int32
	StartedAt time.Time
}

// tokenArgs are the args of a River job. Its kind is the step's function, and
// it is known at run time only: the value registered with River carries it, the
// values that River decodes don't.
type tokenArgs struct {
	Workflow int64 `json:"w"`
	Step     int32 `json:"s"`

	function string
}

func (a tokenArgs) Kind() string { return a.function }
