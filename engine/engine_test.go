package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
	"github.com/pgweir/weir/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// testBundle is an engine that runs on a database of the test's own.
type testBundle struct {
	*engine.Engine
	pool *pgxpool.Pool
}

func setup(t *testing.T, functions ...engine.Function) *testBundle {
	t.Helper()
	pool := testdb.New(t)
	e, err := engine.New(engine.Config{Pool: pool, Functions: functions})
	require.NoError(t, err)
	require.NoError(t, e.Start(t.Context()))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		require.NoError(t, e.Stop(ctx))
		violations, err := e.Check(ctx)
		require.NoError(t, err)
		require.Empty(t, violations)
	})
	return &testBundle{e, pool}
}

// run starts a workflow and waits for its end.
func (b *testBundle) run(t *testing.T, id string, steps ...engine.Step) engine.Outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	started, err := b.StartWorkflow(ctx, engine.StartParams{ID: id, Graph: engine.Graph{Steps: steps}})
	require.NoError(t, err)
	outcome, err := b.WaitStarted(ctx, started)
	require.NoError(t, err)
	return outcome
}

func literal(json string) engine.Arg { return engine.Arg{Value: []byte(json)} }
func ref(step int) engine.Arg        { return engine.Arg{Kind: engine.ArgRef, Step: step} }
func try(step int) engine.Arg        { return engine.Arg{Kind: engine.ArgTry, Step: step} }
func list(args ...engine.Arg) engine.Arg {
	return engine.Arg{Kind: engine.ArgList, List: args}
}

func call(function string, args ...engine.Arg) engine.Step {
	return engine.Step{Name: function, Function: function, Args: args}
}

// add returns the sum of its arguments, which are numbers or lists of them.
func add(_ context.Context, args []json.RawMessage) (json.RawMessage, error) {
	sum := 0
	for _, arg := range args {
		var numbers []int
		if json.Unmarshal(arg, &numbers) != nil {
			numbers = make([]int, 1)
			if err := json.Unmarshal(arg, &numbers[0]); err != nil {
				return nil, err
			}
		}
		for _, number := range numbers {
			sum += number
		}
	}
	return json.Marshal(sum)
}

var addFunction = engine.Function{Name: "add", Do: add}

func TestChainPassesOutputsOn(t *testing.T) {
	t.Parallel()
	b := setup(t, addFunction)
	steps := []engine.Step{call("add", literal("1"))}
	for i := range 120 { // longer than a run that is claimed at once, and than a thread's budget
		steps = append(steps, call("add", ref(i), literal("1")))
	}
	outcome := b.run(t, "chain", steps...)
	require.Equal(t, engine.Outcome{Status: engine.StatusSuccessful, Output: []byte("121")}, outcome)
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
	steps = append(steps, call("add", list(all...)))
	require.JSONEq(t, "124750", string(b.run(t, "fan", steps...).Output))
}

func TestFailureOfAStepFailsTheWorkflow(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	b := setup(t, addFunction, engine.Function{Name: "fail", Do: func(context.Context, []json.RawMessage) (json.RawMessage, error) {
		return nil, engine.Permanent(broken)
	}})
	outcome := b.run(t, "fails", call("fail"), call("add", ref(0)))
	require.Equal(t, engine.StatusFailed, outcome.Status)
	require.Equal(t, "broken", outcome.Error.Message)
	outcome = b.run(t, "caught", call("fail"), call(engine.FunctionValue, try(0)))
	require.Equal(t, engine.StatusSuccessful, outcome.Status)
	require.Contains(t, string(outcome.Output), "broken")
}

func TestRecursionToDepth(t *testing.T) {
	t.Parallel()
	countdown := engine.Function{Name: "countdown", Continue: func(_ context.Context, args []json.RawMessage) (engine.Continuation, error) {
		var n int
		if err := json.Unmarshal(args[0], &n); err != nil || n == 0 {
			return engine.Continuation{Value: args[0]}, err
		}
		return engine.Continuation{Graph: &engine.Graph{Steps: []engine.Step{call("countdown", literal(fmt.Sprint(n-1)))}}}, nil
	}}
	b := setup(t, countdown)
	began := time.Now()
	require.JSONEq(t, "0", string(b.run(t, "deep", call("countdown", literal("1000"))).Output))
	t.Log(time.Since(began))
}

func TestSleepThenGoesOn(t *testing.T) {
	t.Parallel()
	b := setup(t, addFunction)
	sleep := call(engine.FunctionSleep, literal(`{"seconds":0.3}`))
	sleep2 := call(engine.FunctionSleep, literal(`{"seconds":0.2}`))
	sleep2.After = []int{0}
	after := call("add", literal("2"))
	after.After = []int{1}
	began := time.Now()
	require.JSONEq(t, "2", string(b.run(t, "sleeps", sleep, sleep2, after).Output))
	require.GreaterOrEqual(t, time.Since(began), 500*time.Millisecond)
}
