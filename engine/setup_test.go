package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
	"github.com/pgweir/weir/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// promptly bounds what has to happen soon, on a busy machine.
const promptly = 60 * time.Second

// testBundle is an engine that runs on a database of the test's own.
type testBundle struct {
	*engine.Engine
	pool *pgxpool.Pool
}

func setup(t *testing.T, functions ...engine.Function) *testBundle {
	t.Helper()
	return setupOn(t, testdb.New(t), functions...)
}

// setupOn adds an engine to a database. When it has stopped, every invariant
// holds.
func setupOn(t *testing.T, pool *pgxpool.Pool, functions ...engine.Function) *testBundle {
	t.Helper()
	return setupWith(t, engine.Config{Pool: pool, Functions: functions})
}

func setupWith(t *testing.T, config engine.Config) *testBundle {
	t.Helper()
	e, err := engine.New(config)
	require.NoError(t, err)
	require.NoError(t, e.Start(t.Context()))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), promptly)
		defer cancel()
		require.NoError(t, e.Stop(ctx))
		violations, err := e.Check(ctx)
		require.NoError(t, err)
		require.Empty(t, violations)
	})
	return &testBundle{e, config.Pool}
}

func (b *testBundle) start(t *testing.T, id string, steps ...engine.Step) engine.Started {
	t.Helper()
	started, err := b.StartWorkflow(t.Context(), engine.StartParams{ID: id, Graph: graph(steps...)})
	require.NoError(t, err)
	return started
}

func (b *testBundle) wait(t *testing.T, id string) engine.Outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), promptly)
	defer cancel()
	outcome, err := b.Wait(ctx, id)
	require.NoError(t, err)
	return outcome
}

// run starts a workflow and waits for its end.
func (b *testBundle) run(t *testing.T, id string, steps ...engine.Step) engine.Outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), promptly)
	defer cancel()
	outcome, err := b.WaitStarted(ctx, b.start(t, id, steps...))
	require.NoError(t, err)
	return outcome
}

// resume resumes a workflow and waits for its end.
func (b *testBundle) resume(t *testing.T, id string) engine.Outcome {
	t.Helper()
	_, err := b.Resume(t.Context(), id)
	require.NoError(t, err)
	return b.wait(t, id)
}

// scalar returns the one value that a statement does.
func scalar[T any](t *testing.T, b *testBundle, sql string, args ...any) (value T) {
	t.Helper()
	require.NoError(t, b.pool.QueryRow(t.Context(), sql, args...).Scan(&value))
	return value
}

// states are those of a workflow's steps, in the order of their numbers.
func (b *testBundle) states(t *testing.T, id string) []string {
	t.Helper()
	return scalar[[]string](t, b, `select array_agg(state order by no) from weir.steps where workflow_id = $1`, id)
}

// names are those of a workflow's steps, in the order of their numbers.
func (b *testBundle) names(t *testing.T, id string) []string {
	t.Helper()
	return scalar[[]string](t, b, `select array_agg(name order by no) from weir.steps where workflow_id = $1`, id)
}

func requireOutput(t *testing.T, expected string, outcome engine.Outcome) {
	t.Helper()
	require.Nil(t, outcome.Error)
	require.Equal(t, engine.StatusSuccessful, outcome.Status)
	require.JSONEq(t, expected, string(outcome.Output))
}

func graph(steps ...engine.Step) engine.Graph { return engine.Graph{Steps: steps} }

func literal(json string) engine.Arg { return engine.Arg{Value: []byte(json)} }
func ref(step int) engine.Arg        { return engine.Arg{Kind: engine.ArgRef, Step: step} }
func try(step int) engine.Arg        { return engine.Arg{Kind: engine.ArgTry, Step: step} }
func list(args ...engine.Arg) engine.Arg {
	return engine.Arg{Kind: engine.ArgList, List: args}
}

func object(fields map[string]engine.Arg) engine.Arg {
	return engine.Arg{Kind: engine.ArgMap, Map: fields}
}

func call(function string, args ...engine.Arg) engine.Step {
	return engine.Step{Name: function, Function: function, Args: args}
}

// with returns the step under another policy.
func with(step engine.Step, policy engine.Policy) engine.Step {
	step.Policy = policy
	return step
}

// atOnce retries n times without waiting.
func atOnce(n int) engine.Policy { return engine.Policy{Retries: &n, NoDelay: true} }

// after returns the step depending on others whose outputs it doesn't get.
func after(step engine.Step, steps ...int) engine.Step {
	step.After = steps
	return step
}

// chain is a run of n steps.
func chain(n int) []engine.Step {
	steps := []engine.Step{call("add", literal("1"))}
	for i := 1; i < n; i++ {
		steps = append(steps, call("add", ref(i-1)))
	}
	return steps
}

func numbered(prefix string, n int) string { return fmt.Sprint(prefix, "-", n) }

// do is a function whose output is encoded for it.
func do(name string, body func(ctx context.Context, args []json.RawMessage) (any, error)) engine.Function {
	return engine.Function{Name: name, Do: func(ctx context.Context, args []json.RawMessage) (json.RawMessage, error) {
		output, err := body(ctx, args)
		if err != nil {
			return nil, err
		}
		return json.Marshal(output)
	}}
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

// gate is a function that tells when its body runs, and ends when it is opened.
type gate struct {
	engine.Function
	entered chan context.Context
	opened  chan struct{}
	runs    atomic.Int64
}

// newGate returns a gate that returns 1. An obedient one also ends with its context.
func newGate(name string, obedient bool) *gate {
	g := &gate{entered: make(chan context.Context, 1000), opened: make(chan struct{})}
	g.Function = do(name, func(ctx context.Context, _ []json.RawMessage) (any, error) {
		g.runs.Add(1)
		g.entered <- ctx
		done := ctx.Done()
		if !obedient {
			done = nil
		}
		select {
		case <-g.opened:
			return 1, nil
		case <-done:
			return nil, context.Cause(ctx)
		}
	})
	return g
}

func (g *gate) open() { close(g.opened) }

// enter waits until a body runs and returns its context.
func (g *gate) enter(t *testing.T) context.Context {
	t.Helper()
	return receive(t, g.entered)
}

func receive[T any](t *testing.T, from <-chan T) (value T) {
	t.Helper()
	select {
	case value = <-from:
	case <-time.After(promptly):
		require.FailNow(t, "nothing came")
	}
	return value
}
