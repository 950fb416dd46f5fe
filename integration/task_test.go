package integration_test

import "github.com/pgweir/weir/sdk"

// task is what a step is told to do, in this order.
type task struct {
	// Exit ends the process.
	Exit bool `json:",omitempty"`

	// LingerMS is how long the body takes, in milliseconds.
	LingerMS int `json:",omitempty"`

	// Gate is what the first attempt waits for; later ones don't.
	Gate string `json:",omitempty"`

	// Deaf makes the body wait on when its context is cancelled.
	Deaf bool `json:",omitempty"`

	// FailFirst fails the first attempt.
	FailFirst bool `json:",omitempty"`

	// Value is added to the values of the inputs.
	Value int

	// Child is what the steps of a continuation do.
	Child *task `json:",omitempty"`
}

// result is what a step returns. The token is another one in each execution, so
// the tokens that a step has seen say which execution of its inputs it was given.
type result struct {
	Value   int
	Token   string
	Seen    []string
	Attempt int
	PID     int
}

var (
	work   = sdk.Step2[task, []result, result]{Name: "work", Retry: quickly}
	workTx = sdk.Step2[task, []result, result]{Name: "work_tx", Retry: quickly}
	unfold = sdk.Step2[task, []result, result]{Name: "unfold", Retry: quickly}
	caught = sdk.Step[sdk.Result[result], string]{Name: "caught"}

	quickly = sdk.Retry{Max: 3, NoDelay: true}
)
