package engine_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
)

func sleep(seconds float64, steps ...int) engine.Step {
	return after(call(engine.FunctionSleep, literal(fmt.Sprintf(`{"seconds": %v}`, seconds))), steps...)
}

func TestSleepsFollowOneAnother(t *testing.T) {
	t.Parallel()
	b := setup(t, addFunction)
	began := time.Now()
	outcome := b.run(t, "w", sleep(0.3), sleep(0.2, 0), after(call("add", literal("2")), 1), sleep(0.1, 2), call(engine.FunctionValue, list(ref(2), ref(3))))
	require.GreaterOrEqual(t, time.Since(began), 600*time.Millisecond)
	require.Equal(t, engine.StatusSuccessful, outcome.Status)
	var output []json.RawMessage
	require.NoError(t, json.Unmarshal(outcome.Output, &output))
	var woken time.Time
	require.NoError(t, json.Unmarshal(output[1], &woken))
	require.WithinRange(t, woken, began.Add(-time.Second), time.Now().Add(time.Second))
}

func TestSleepUntilATimeThatIsOverEndsAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t, addFunction)
	requireOutput(t, `"2020-02-02T20:20:20+00:00"`, b.run(t, "w", call(engine.FunctionSleep, literal(`{"until": "2020-02-02T21:20:20+01:00"}`))))
}

func TestSleepKeepsItsDeadlineThroughCancelAndResume(t *testing.T) {
	t.Parallel()
	b := setup(t, addFunction)
	b.start(t, "w", call("add", literal("1")), sleep(3600, 0), call("add", ref(0), ref(0)), after(call("add", ref(2)), 1))
	deadline := func() time.Time { return scalar[time.Time](t, b, `select wake_at from weir.steps where no = 1`) }
	require.Eventually(t, func() bool { return b.states(t, "w")[1] == "scheduled" }, promptly, time.Millisecond)
	first := deadline()
	require.NoError(t, b.Cancel(t.Context(), "w", ""))
	require.Zero(t, scalar[int](t, b, `select count(*)::int from weir_internal.timer`))
	_, err := b.Resume(t.Context(), "w")
	require.NoError(t, err)
	require.True(t, first.Equal(deadline()))

	// A deadline that passed meanwhile ends the sleep at once.
	require.NoError(t, b.Cancel(t.Context(), "w", ""))
	_, err = b.pool.Exec(t.Context(), `update weir_internal.step set wake_at = now() where no = 1`)
	require.NoError(t, err)
	requireOutput(t, "2", b.resume(t, "w"))
}

func TestSleepingTakesNoSlot(t *testing.T) {
	t.Parallel()
	b := setupWith(t, engine.Config{Pool: setup(t).pool, Functions: []engine.Function{addFunction}, Queues: map[string]int{"default": 1}})
	for i := range 50 {
		b.start(t, numbered("sleeper", i), sleep(3600))
	}
	requireOutput(t, "1", b.run(t, "w", chain(3)...))
	requireNothingHeldBut(t, b, 0)
	require.Zero(t, scalar[int](t, b, `select count(*)::int from weir_internal.river_job`), "nobody has a job")
}

func TestManySleepsEndTogether(t *testing.T) {
	t.Parallel()
	b := setup(t, addFunction)
	other := setupOn(t, b.pool, addFunction)
	var steps []engine.Step
	var all []int
	for i := range 1200 { // more than fire at once
		steps = append(steps, sleep(0.2))
		all = append(all, i)
	}
	requireOutput(t, "1", b.run(t, "w", append(steps, after(call("add", literal("1")), all...))...))
	requireOutput(t, "1", other.wait(t, "w"))
}

func TestSleepThatCannotBeReadIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t, addFunction)
	for _, arg := range []string{`{}`, `5`, `null`, `{"seconds": "x"}`, `{"seconds": 1e300}`, `{"seconds": 1e12}`, `{"until": "infinity"}`, `{"until": "tomorrow"}`, `{"until": "2026"}`, `{"until": 5}`, `{"seconds": 1, "until": "2026-01-01T00:00:00Z"}`} {
		step := call(engine.FunctionSleep, literal(arg))
		for n, steps := range [][]engine.Step{{step}, {call("add", literal("1")), after(step, 0)}} {
			_, err := b.StartWorkflow(t.Context(), engine.StartParams{ID: "w", Graph: graph(steps...)})
			var input *engine.InputError
			require.ErrorAs(t, err, &input, arg)
			require.Contains(t, input.Field, fmt.Sprintf("steps[%d].args[0]", n), arg)
		}
	}
	_, err := b.StartWorkflow(t.Context(), engine.StartParams{ID: "w", Graph: graph(call("add"), call(engine.FunctionSleep, ref(0)))})
	require.ErrorIs(t, err, engine.ErrInput)
	require.Zero(t, scalar[int](t, b, `select count(*)::int from weir.workflows`))
}
