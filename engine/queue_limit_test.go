package engine_test

import (
	"context"
	"encoding/json"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
	"github.com/pgweir/weir/internal/testdb"
)

// on puts a step into a queue.
func on(queue string, step engine.Step) engine.Step {
	step.Queue = queue
	return step
}

// A step that follows one of another queue takes a slot of its own queue.
func TestStepsRunInTheSlotsOfTheirQueue(t *testing.T) {
	t.Parallel()
	for name, next := range map[string][]engine.Step{
		"after a step":           {call("ready"), on("single", call("alone", ref(0)))},
		"inside a run":           {call("ready"), call("add", ref(0)), on("single", call("alone", ref(1))), call("add", ref(2))},
		"in a sub-graph":         {call("ready"), call("grow", ref(0))},
		"after a step and sleep": {call("ready"), sleep(0.01, 0), on("single", after(call("alone"), 1))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const workflows = 20
			var inside atomic.Int64
			var crowded atomic.Bool
			ready := newGate("ready", true)
			b := setupWith(t, engine.Config{
				Pool: testdb.New(t),
				Functions: []engine.Function{
					addFunction, ready.Function,
					grow("grow", func(int) engine.Continuation {
						return returned(on("single", call("alone")), call("add", ref(0)))
					}),
					do("alone", func(context.Context, []json.RawMessage) (any, error) {
						defer inside.Add(-1)
						if inside.Add(1) > 1 {
							crowded.Store(true)
						}
						for range 100 {
							runtime.Gosched() // lets others in, if they can come
						}
						return 1, nil
					}),
				},
				Queues: map[string]int{"default": 100, "single": 1},
			})
			for i := range workflows {
				b.start(t, numbered("w", i), next...)
			}
			for range workflows {
				ready.enter(t)
			}
			ready.open() // all end together
			for i := range workflows {
				requireOutput(t, "1", b.wait(t, numbered("w", i)))
			}
			require.False(t, crowded.Load(), "two at the same time")
		})
	}
}
