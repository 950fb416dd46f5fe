package engine_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
)

func eventStep(key string, steps ...int) engine.Step {
	return after(call(engine.FunctionEvent, literal(fmt.Sprintf(`{"key": %q}`, key))), steps...)
}

func (b *testBundle) send(t *testing.T, id, key, payload string) {
	t.Helper()
	accepted, err := b.SendEvent(t.Context(), id, engine.Event{Key: key, Payload: json.RawMessage(payload)})
	require.NoError(t, err)
	require.True(t, accepted)
}

// hops is how many events are sent one after the other. If each had to wait for a
// poll, that would take 10 s and more.
const hops = 40

// hopsTime is what they may take: not much more than as many starts of workflows,
// each until it runs, which is how fast the machine is just now.
func (b *testBundle) hopsTime(t *testing.T, g *gate) time.Duration {
	t.Helper()
	began := time.Now()
	for i := range hops {
		b.start(t, numbered("measure", i), call("gate"))
		g.enter(t)
	}
	return 3*time.Since(began) + 3*time.Second
}

func TestN7AnEventIsOneHopFromTheStepThatTakesIt(t *testing.T) {
	t.Parallel()
	g := newGate("gate", true)
	b := setup(t, g.Function)
	g.open()
	var steps []engine.Step
	for i := range hops {
		steps = append(steps, eventStep("k"), call("gate", ref(2*i)))
		if i > 0 {
			steps[2*i].After = []int{2*i - 1}
		}
	}
	b.start(t, "w", steps...)
	most := b.hopsTime(t, g)
	began := time.Now()
	for range hops {
		b.send(t, "w", "k", "1")
		g.enter(t)
	}
	requireOutput(t, "1", b.wait(t, "w"))
	require.Less(t, time.Since(began), most)
}

func TestN7AnEventThatCameEarlyFollowsOneThatIsSentAtOnce(t *testing.T) {
	t.Parallel()
	g := newGate("gate", true)
	b := setup(t, g.Function)
	g.open()
	var steps []engine.Step
	for i := range hops {
		steps = append(steps, eventStep("sent"), eventStep("early", 2*i))
		if i > 0 {
			steps[2*i].After = []int{2*i - 1}
		}
	}
	b.start(t, "w", steps...)
	for range hops {
		b.send(t, "w", "early", "1")
	}
	most := b.hopsTime(t, g)
	began := time.Now()
	for i := range hops {
		b.send(t, "w", "sent", "1")
		require.Eventually(t, func() bool { return b.states(t, "w")[2*i+1] == "succeeded" }, promptly, time.Millisecond)
	}
	require.Less(t, time.Since(began), most)
}

func TestN7WaitingForEventsTakesNoSlot(t *testing.T) {
	t.Parallel()
	b := setupWith(t, engine.Config{Pool: setup(t).pool, Functions: []engine.Function{addFunction}, Queues: map[string]int{"default": 1}})
	const waiting = 200
	for i := range waiting {
		b.start(t, numbered("waits", i), eventStep("k"), after(call("add", literal("1")), 0))
	}
	requireOutput(t, "1", b.run(t, "w", chain(3)...))
	requireNothingHeldBut(t, b, 0)
	require.Zero(t, scalar[int](t, b, `select count(*)::int from weir_internal.river_job`), "nobody has a job")
	require.Zero(t, scalar[int](t, b, `select count(*)::int from weir_internal.timer`), "nor timers")
	b.send(t, numbered("waits", 7), "k", "1")
	requireOutput(t, "1", b.wait(t, numbered("waits", 7)))
}

func TestN7AHundredThousandWaitsCostNothing(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	const workflows, waits = 1_000, 100
	g := newGate("gate", true)
	b := setup(t, g.Function)
	g.open()
	var steps []engine.Step
	var all []int
	for i := range waits {
		steps = append(steps, eventStep(numbered("k", i)))
		all = append(all, i)
	}
	steps = append(steps, eventStep("go"), call("gate", ref(waits)), after(call("gate"), append(all, waits+1)...))
	params := make([]engine.StartParams, workflows)
	for i := range params {
		params[i] = engine.StartParams{ID: numbered("w", i), Graph: graph(steps...)}
	}
	_, err := b.StartWorkflows(t.Context(), params)
	require.NoError(t, err)

	require.Zero(t, scalar[int](t, b, `select count(*)::int from weir_internal.river_job`))
	require.Zero(t, scalar[int](t, b, `select count(*)::int from weir_internal.timer`))
	most := b.hopsTime(t, g)
	began := time.Now()
	for i := range hops {
		b.send(t, numbered("w", i*workflows/hops), "go", "1")
		g.enter(t)
	}
	require.Less(t, time.Since(began), most)
}
