package sdk

import (
	"time"

	"github.com/pgweir/weir/engine"
)

// Sleep is a step that waits for d without holding a worker, from the moment that
// all of after succeeded. Its value is the time at which it woke up. A d that
// isn't positive wakes at once.
func Sleep(d time.Duration, after ...AnyRef) Ref[time.Time] {
	return sleep(struct {
		Seconds float64 `json:"seconds"`
	}{max(d, 0).Seconds()}, after)
}

// SleepUntil is a step that waits for t, on the database's clock, without holding
// a worker. A t that has passed wakes at once.
func SleepUntil(t time.Time, after ...AnyRef) Ref[time.Time] {
	return sleep(struct {
		Until string `json:"until"`
	}{t.Format(time.RFC3339Nano)}, after)
}

func sleep(arg any, after []AnyRef) Ref[time.Time] {
	step := &node{
		function: engine.FunctionSleep,
		options:  nodeOptions{name: "sleep"},
		inputs:   []*node{valueNode(arg)},
	}
	return Ref[time.Time]{node: step.orderedAfter(after)}
}
