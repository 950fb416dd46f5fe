package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
)

func TestA3ChainPassesOutputsOn(t *testing.T) {
	t.Parallel()
	b := setup(t, addFunction)
	steps := []engine.Step{call("add", literal("1"))}
	for i := range 120 { // longer than a run that is claimed at once, and than a thread's budget
		steps = append(steps, call("add", ref(i), literal("1")))
	}
	requireOutput(t, "121", b.run(t, "chain", steps...))
}

func TestFanOutJoins(t *testing.T) {
	t.Parallel()
	b := setup(t, addFunction)
	var steps []engine.Step
	var all []engine.Arg
	for i := range 500 {
		steps = append(steps, call("add", literal(fmt.Sprint(i))))
		all = append(all, ref(i))
	}
	requireOutput(t, "124750", b.run(t, "fan", append(steps, call("add", list(all...)))...))
}

func TestArgumentsArriveAsTheyWereBound(t *testing.T) {
	t.Parallel()
	echo := do("echo", func(_ context.Context, args []json.RawMessage) (any, error) { return args, nil })
	b := setup(t, echo)
	outcome := b.run(t, "w",
		call("echo"),
		call(engine.FunctionValue, literal(`null`)),
		call("echo",
			literal(`null`), literal(`{"a": [1, "ü😀 \u0001"]}`), ref(0), ref(1), try(1), list(), list(ref(0), list(literal(`1`), try(0))), literal(`12345678901234567890123`),
		),
	)
	requireOutput(t, `[null, {"a": [1, "ü😀 \u0001"]}, [], null, {"value": null}, [], [[], [1, {"value": []}]], 12345678901234567890123]`, outcome)
}

func TestA4ArgumentsMayBeObjectsOfOutputs(t *testing.T) {
	t.Parallel()
	b := setup(t, addFunction)
	outcome := b.run(t, "w",
		call("add", literal("1")),
		call("add", ref(0), literal("1")),
		call(engine.FunctionValue, object(map[string]engine.Arg{
			"one": ref(0), "two": ref(1), "": try(0), "a\"<\u00e9": literal(`null`),
			"in": object(map[string]engine.Arg{"list": list(ref(1), object(nil)), "none": object(nil)}),
		})),
	)
	requireOutput(t, `{"one": 1, "two": 2, "": {"value": 1}, "a\"<é": null, "in": {"list": [2, {}], "none": {}}}`, outcome)
}

func TestEveryStepRunsOnceWhenNothingFails(t *testing.T) {
	t.Parallel()
	var (
		mu   sync.Mutex
		runs = make(map[string]int)
	)
	count := do("count", func(ctx context.Context, _ []json.RawMessage) (any, error) {
		info, ok := engine.Info(ctx)
		if !ok || info.Attempt != 1 {
			return nil, fmt.Errorf("info %+v", info)
		}
		mu.Lock()
		defer mu.Unlock()
		runs[info.IdempotencyKey]++
		return runs[info.IdempotencyKey], nil
	})
	b := setup(t, count)
	other := setupOn(t, b.pool, count)
	for i := range 20 {
		steps := []engine.Step{call("count")}
		for n := 1; n < 20; n++ {
			steps = append(steps, call("count", ref(n-1)), call("count", ref(max(0, 2*n-3))))
		}
		var all []engine.Arg
		for n := range steps {
			all = append(all, ref(n))
		}
		b.start(t, numbered("w", i), append(steps, call("count", all...))...)
	}
	for i := range 20 {
		requireOutput(t, "1", other.wait(t, numbered("w", i)))
	}
	require.Len(t, runs, 20*40)
	for key, n := range runs {
		require.Equal(t, 1, n, key)
	}
	require.Zero(t, scalar[int](t, b, `select count(*)::int from weir.attempts`))
}

// failWhen is a function that fails once its siblings run: one that hadn't begun would
// be halted.
func failWhen(siblingsRun <-chan struct{}) engine.Function {
	return do("fail", func(context.Context, []json.RawMessage) (any, error) {
		<-siblingsRun
		return nil, engine.Permanent(errors.New("broken"))
	})
}

func TestFailureOfAStepFailsTheWorkflowAtOnce(t *testing.T) {
	t.Parallel()
	sibling := newGate("sibling", false)
	runs := make(chan struct{})
	b := setup(t, addFunction, sibling.Function, failWhen(runs))
	b.start(t, "w", call("sibling"), call("fail"), call("add", ref(0), ref(1)))
	sibling.enter(t)
	close(runs)
	outcome := b.wait(t, "w") // although the sibling still runs
	require.Equal(t, engine.StatusFailed, outcome.Status)
	require.Equal(t, &engine.StepError{Step: "fail", Type: "errors.errorString", Message: "broken", Attempts: 1}, outcome.Error)
	require.Equal(t, []string{"halted", "failed", "halted"}, b.states(t, "w"))

	sibling.open()
	require.Eventually(t, func() bool { return b.states(t, "w")[0] == "succeeded" }, promptly, time.Millisecond)
	require.Equal(t, []string{"succeeded", "failed", "halted"}, b.states(t, "w"))
}

// coded is an error that is recognised after a round trip.
type coded struct{ code string }

func (e coded) Error() string     { return "code " + e.code }
func (e coded) ErrorType() string { return "test." + e.code }

func TestErrorsAreRecognisedAfterTheDatabase(t *testing.T) {
	t.Parallel()
	fail := do("fail", func(context.Context, []json.RawMessage) (any, error) {
		return nil, fmt.Errorf("deep down: %w", engine.Permanent(coded{"full"}))
	})
	nasty := do("nasty", func(context.Context, []json.RawMessage) (any, error) {
		return nil, engine.Permanent(errors.New("\x00\xff" + strings.Repeat("é", 100_000)))
	})
	b := setup(t, fail, nasty)
	other := setupOn(t, b.pool)
	b.run(t, "w", call("fail"))
	err := error(other.wait(t, "w").Error)
	require.ErrorIs(t, err, coded{"full"})
	require.NotErrorIs(t, err, coded{"empty"})
	var step *engine.StepError
	require.ErrorAs(t, err, &step)
	require.Equal(t, "deep down: code full", step.Message)

	nastyError := b.run(t, "nasty", call("nasty")).Error
	require.True(t, strings.HasPrefix(nastyError.Message, "\uFFFD\uFFFDé"), nastyError.Message[:20])
}

func TestPanicIsAFailedAttemptWithItsStack(t *testing.T) {
	t.Parallel()
	b := setup(t, do("explode", func(context.Context, []json.RawMessage) (any, error) { panic("boom") }))
	outcome := b.run(t, "w", with(call("explode"), atOnce(1)))
	require.ErrorIs(t, outcome.Error, engine.ErrPanic)
	require.Equal(t, 2, outcome.Error.Attempts)
	require.Contains(t, outcome.Error.Message, "boom")
	stacks := scalar[[]string](t, b, `select array_agg(stack order by attempt) from weir.attempts where step = 'explode'`)
	require.Len(t, stacks, 2)
	require.Contains(t, stacks[0], "steps_test.go")
	require.Equal(t, stacks[1], outcome.Error.Stack)
}

func TestOutputThatCannotBeStoredFailsTheStep(t *testing.T) {
	t.Parallel()
	outputs := map[string]json.RawMessage{
		"nothing": nil, "no JSON": json.RawMessage("{"), "NUL": json.RawMessage(`"\u0000"`), "invalid UTF-8": json.RawMessage("\"\xff\""),
		"too large": json.RawMessage(`"` + strings.Repeat("x", 2000) + `"`),
	}
	b := setup(t)
	worker := setupWith(t, engine.Config{Pool: b.pool, Limits: engine.Limits{MaxPayload: 1000}, Functions: []engine.Function{{
		Name: "return",
		Do: func(_ context.Context, args []json.RawMessage) (json.RawMessage, error) {
			var name string
			err := json.Unmarshal(args[0], &name)
			return outputs[name], err
		},
	}}})
	for name := range outputs {
		outcome := worker.run(t, name, call("return", literal(fmt.Sprintf("%q", name))))
		require.Equal(t, engine.StatusFailed, outcome.Status, name)
		require.ErrorIs(t, outcome.Error, engine.ErrInput, name)
		require.Equal(t, 1, outcome.Error.Attempts, name)
	}
}

func TestUnknownFunctionWaitsForAWorkerThatKnowsIt(t *testing.T) {
	t.Parallel()
	late := newGate("late", true)
	late.open()
	b := setup(t, addFunction)
	started := b.start(t, "w", call("add", literal("1")), call("late", ref(0)), call("add", ref(1), literal("1")))
	require.Eventually(t, func() bool { return b.states(t, "w")[1] == "ready" }, promptly, time.Millisecond)
	status, err := b.Status(t.Context(), "w")
	require.NoError(t, err)
	require.Equal(t, engine.StatusResumable, status)

	setupOn(t, b.pool, late.Function)
	outcome, err := b.WaitStarted(t.Context(), started)
	require.NoError(t, err)
	requireOutput(t, "2", outcome)
}

func TestB11StepRunsInItsQueueOnly(t *testing.T) {
	t.Parallel()
	b := setup(t, addFunction)
	step := call("add", ref(0))
	step.Queue = "slow"
	b.start(t, "w", call("add", literal("1")), step, call("add", ref(1)))
	require.Eventually(t, func() bool { return b.states(t, "w")[1] == "ready" }, promptly, time.Millisecond)
	setupWith(t, engine.Config{Pool: b.pool, Functions: []engine.Function{addFunction}, Queues: map[string]int{"slow": 1}})
	requireOutput(t, "1", b.wait(t, "w"))
}
