package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
)

// grow is a Continue function of one number.
func grow(name string, body func(n int) engine.Continuation) engine.Function {
	return engine.Function{Name: name, Continue: func(_ context.Context, args []json.RawMessage) (engine.Continuation, error) {
		var n int
		if err := json.Unmarshal(args[0], &n); err != nil {
			return engine.Continuation{}, err
		}
		return body(n), nil
	}}
}

func value(n int) engine.Continuation {
	return engine.Continuation{Value: json.RawMessage(strconv.Itoa(n))}
}

func returned(steps ...engine.Step) engine.Continuation {
	g := graph(steps...)
	return engine.Continuation{Graph: &g}
}

func number(n int) engine.Arg { return literal(strconv.Itoa(n)) }

// countdown calls itself n times as the last thing that it does.
var countdown = grow("countdown", func(n int) engine.Continuation {
	if n == 0 {
		return value(0)
	}
	return returned(call("countdown", number(n-1)))
})

// depth calls itself n times and adds one to each result.
var depth = grow("depth", func(n int) engine.Continuation {
	if n == 0 {
		return value(0)
	}
	return returned(call("depth", number(n-1)), call("add", ref(0), literal("1")))
})

func TestC1FactorialMultipliesOnTheWayBack(t *testing.T) {
	t.Parallel()
	multiply := do("multiply", func(_ context.Context, args []json.RawMessage) (any, error) {
		var a, b int
		err := errors.Join(json.Unmarshal(args[0], &a), json.Unmarshal(args[1], &b))
		return a * b, err
	})
	factorial := grow("factorial", func(n int) engine.Continuation {
		if n == 0 {
			return value(1)
		}
		return returned(call("factorial", number(n-1)), call("multiply", number(n), ref(0)))
	})
	b := setup(t, factorial, multiply)
	requireOutput(t, "2432902008176640000", b.run(t, "w", call("factorial", literal("20"))))
	requireOutput(t, "1", b.run(t, "zero", call("factorial", literal("0"))))
}

func TestFibonacciForksOnTheWayDown(t *testing.T) {
	t.Parallel()
	fib := grow("fib", func(n int) engine.Continuation {
		if n < 2 {
			return value(n)
		}
		return returned(call("fib", number(n-1)), call("fib", number(n-2)), call("add", ref(0), ref(1)))
	})
	b := setup(t, fib, addFunction)
	setupOn(t, b.pool, fib, addFunction)
	requireOutput(t, "89", b.run(t, "w", call("fib", literal("11")), call(engine.FunctionValue, ref(0))))
}

func TestC2RecursionGoesTenThousandDeep(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes tens of seconds")
	}
	for name, test := range map[string]struct{ function, output string }{"tail": {"countdown", "0"}, "not tail": {"depth", "10000"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, countdown, depth, addFunction)
			ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
			defer cancel()
			outcome, err := b.WaitStarted(ctx, b.start(t, "w", call(test.function, literal("10000"))))
			require.NoError(t, err)
			requireOutput(t, test.output, outcome)
		})
	}
}

func TestC2LoopRunsTenThousandTimes(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes tens of seconds")
	}
	loop := engine.Function{Name: "loop", Continue: func(_ context.Context, args []json.RawMessage) (engine.Continuation, error) {
		var n, sum int
		if err := errors.Join(json.Unmarshal(args[0], &n), json.Unmarshal(args[1], &sum)); err != nil {
			return engine.Continuation{}, err
		}
		if n == 0 {
			return value(sum), nil
		}
		return returned(call("add", number(sum), literal("1")), call("loop", number(n-1), ref(0))), nil
	}}
	b := setup(t, loop, addFunction)
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	outcome, err := b.WaitStarted(ctx, b.start(t, "w", call("loop", literal("10000"), literal("0"))))
	require.NoError(t, err)
	requireOutput(t, "10000", outcome)
	require.Equal(t, 20_001, scalar[int](t, b, `select steps from weir.workflows`))
	require.Equal(t, 20_001, scalar[int](t, b, `select count(distinct name)::int from weir.steps`))
}

func TestD2NamesOfAContinuationAreNumberedAndStay(t *testing.T) {
	t.Parallel()
	var broken atomic.Bool
	broken.Store(true)
	last := do("last", func(context.Context, []json.RawMessage) (any, error) {
		if broken.Load() {
			return nil, engine.Permanent(errors.New("broken"))
		}
		return 1, nil
	})
	tree := grow("add", func(n int) engine.Continuation {
		if n == 0 {
			return value(1)
		}
		steps := []engine.Step{call("add", number(0)), call("add", number(0)), call("last", ref(0), ref(1))}
		steps[1].Named, steps[2].Name = true, "add_2" // taken by then
		return returned(steps...)
	})
	b := setup(t, tree, last)
	b.run(t, "w", call("add", literal("1")))
	names := b.names(t, "w")
	require.Equal(t, []string{"add", "add_1", "add_2", "add_2_1"}, names)
	broken.Store(false)
	requireOutput(t, "1", b.resume(t, "w"))
	require.Equal(t, names, b.names(t, "w"))
}

func TestContinuationMustBeAGraphOrAValue(t *testing.T) {
	t.Parallel()

	bad := map[int]engine.Continuation{
		0: {},
		1: {Value: json.RawMessage("1"), Graph: new(graph(call("add", literal("1"))))},
		2: returned(),
		3: returned(call("add", ref(0))),
		4: {Value: json.RawMessage("NaN")},
	}
	b := setup(t, addFunction, grow("grow", func(n int) engine.Continuation { return bad[n] }))
	for n := range bad {
		outcome := b.run(t, numbered("w", n), call("grow", number(n)))
		require.Equal(t, engine.StatusFailed, outcome.Status)
		require.ErrorIs(t, outcome.Error, engine.ErrInput, "%d: %v", n, outcome.Error)
	}
}

func TestFailureInASubGraphClimbsToTheWorkflow(t *testing.T) {
	t.Parallel()
	sibling := newGate("sibling", false)
	runs := make(chan struct{})
	outer := grow("outer", func(n int) engine.Continuation {
		if n > 0 {
			return returned(call("outer", number(n-1)))
		}
		return returned(call("sibling"), call("fail"), call("add", ref(0), ref(1)))
	})
	b := setup(t, outer, failWhen(runs), sibling.Function, addFunction)
	b.start(t, "w", call("outer", literal("2")), call("add", ref(0)))
	sibling.enter(t)
	close(runs)
	outcome := b.wait(t, "w")
	require.Equal(t, "fail", outcome.Error.Step)
	sibling.open()
	require.Eventually(t, func() bool { return b.states(t, "w")[4] == "succeeded" }, promptly, time.Millisecond)
	require.Equal(t, []string{"failed", "halted", "failed", "failed", "succeeded", "failed", "halted"}, b.states(t, "w"))
}

func TestB5TryCatchesAContinuationAndWhatItBrought(t *testing.T) {
	t.Parallel()
	var charged, refunded atomic.Int64
	charge := do("charge", func(context.Context, []json.RawMessage) (any, error) { return charged.Add(1), nil })
	ship := do("ship", func(context.Context, []json.RawMessage) (any, error) {
		return nil, engine.Permanent(errors.New("no stock"))
	})
	order := grow("order", func(n int) engine.Continuation {
		return returned(call("charge"), call("ship", ref(0)), call("add", ref(0), ref(1)))
	})
	compensate := do("compensate", func(_ context.Context, args []json.RawMessage) (any, error) {
		var outcome struct{ Error *engine.StepError }
		if err := json.Unmarshal(args[0], &outcome); err != nil || outcome.Error == nil {
			return nil, fmt.Errorf("not an error: %s, %w", args[0], err)
		}
		return []any{outcome.Error.Step, outcome.Error.Message, refunded.Add(1)}, nil
	})
	b := setup(t, charge, ship, order, compensate, addFunction)
	requireOutput(t, `["ship", "no stock", 1]`, b.run(t, "w", call("order", literal("1")), call("compensate", try(0))))
	require.Equal(t, []string{"failed", "succeeded", "succeeded", "failed", "halted"}, b.states(t, "w"))
	require.Equal(t, int64(1), charged.Load())
}

func TestInputsThatAreContinuationsArriveAsTheirOutputs(t *testing.T) {
	t.Parallel()
	b := setup(t, countdown, depth, addFunction)
	outcome := b.run(t, "w",
		call("depth", literal("3")), call("depth", ref(0)), call("countdown", ref(1)),
		call(engine.FunctionValue, list(ref(0), try(1), ref(2))),
	)
	requireOutput(t, `[3, {"value": 3}, 0]`, outcome)
}

func TestStepsOfARunMayBeContinuations(t *testing.T) {
	t.Parallel()
	b := setup(t, countdown, depth, addFunction)
	steps := []engine.Step{call("depth", literal("2"))}
	for i := range 10 {
		steps = append(steps, call("depth", ref(i)))
	}
	requireOutput(t, "2", b.run(t, "w", steps...))
}
