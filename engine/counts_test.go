package engine_test

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
	"github.com/pgweir/weir/internal/testdb"
)

// tracer counts the statements that every connection of a pool sends, by the SQL
// function that they call.
type tracer struct {
	mu     sync.Mutex
	counts map[string]int
}

var calledFunction = regexp.MustCompile(`weir(?:_internal)?\.(\w+)\(`)

func (c *tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	name := "other"
	if match := calledFunction.FindStringSubmatch(data.SQL); match != nil {
		name = match[1]
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts[name]++
	return ctx
}

func (c *tracer) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// reset returns what was counted since the last time.
func (c *tracer) reset() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	counted := c.counts
	c.counts = make(map[string]int)
	return counted
}

// setupTraced is setup on a pool whose statements are counted.
func setupTraced(t *testing.T, functions ...engine.Function) (*testBundle, *tracer) {
	t.Helper()
	counted, pool := tracedPool(t)
	return setupOn(t, pool, functions...), counted
}

func tracedPool(t *testing.T) (*tracer, *pgxpool.Pool) {
	t.Helper()
	counted := &tracer{counts: make(map[string]int)}
	config, err := pgxpool.ParseConfig(testdb.URL(t))
	require.NoError(t, err)
	config.MaxConns = 10
	config.ConnConfig.Tracer = counted
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return counted, pool
}

// zigzag is a chain in which nothing can be claimed ahead: each step needs the
// two before it.
func zigzag(n int) []engine.Step {
	steps := []engine.Step{call("add", literal("1")), call("add", ref(0))}
	for i := 2; i < n; i++ {
		steps = append(steps, call("add", ref(i-1), ref(i-2)))
	}
	return steps
}

func TestHopIsOneStatementAndTheFinishIsNone(t *testing.T) {
	t.Parallel()
	for name, steps := range map[string][]engine.Step{"in a run": chain(30), "handed over": zigzag(30)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, counted := setupTraced(t, addFunction)
			b.run(t, "warm", steps...)
			counted.reset()
			b.run(t, "w", steps...)
			counts := counted.reset()
			require.Equal(t, 1, counts["start"]+counts["start_here"])
			require.Equal(t, counts["start"], counts["claim"], "who is handed a start claims nothing")
			require.Equal(t, 30, counts["advance"])
			for _, unwanted := range []string{"release", "fail", "delegate", "requeue"} {
				require.Zero(t, counts[unwanted], unwanted)
			}
		})
	}
}

func TestStartsFromManyGoroutinesShareStatements(t *testing.T) {
	t.Parallel()
	b, counted := setupTraced(t)
	b.startAll(t, "warm", 5)
	counted.reset()
	b.startAll(t, "w", 200)
	counts := counted.reset()
	require.Equal(t, []string{"start"}, slices.Collect(maps.Keys(counts)))
	require.Less(t, counts["start"], 100)
}

// startAll starts n workflows of one step, each from a goroutine of its own.
func (b *testBundle) startAll(t *testing.T, prefix string, n int) {
	t.Helper()
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			_, err := b.StartWorkflow(t.Context(), engine.StartParams{ID: numbered(prefix, i), Graph: graph(chain(1)...)})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func TestIdleEngineIsQuiet(t *testing.T) {
	t.Parallel()
	b, counted := setupTraced(t, addFunction)
	b.run(t, "warm", chain(3)...)
	<-time.After(time.Second) // the start of River's own services
	counted.reset()
	const seconds = 4
	<-time.After(seconds * time.Second)
	counts := counted.reset()
	total := 0
	for _, n := range counts {
		total += n
	}
	require.LessOrEqual(t, total, 10*seconds, "%v", counts)
	require.NotZero(t, counts["worker_beat"], "%v", counts)
}

func TestStartsOfManyStepsAreCallsOfBoundedLength(t *testing.T) {
	t.Parallel()
	counted, pool := tracedPool(t)
	e, err := engine.New(engine.Config{Pool: pool})
	require.NoError(t, err)
	starts := func(workflows, steps int) int {
		params := make([]engine.StartParams, workflows)
		for i := range params {
			params[i] = engine.StartParams{ID: numbered(numbered("w", steps), i), Graph: graph(chain(steps)...)}
		}
		counted.reset()
		_, err := e.StartWorkflows(t.Context(), params)
		require.NoError(t, err)
		return counted.reset()["start"]
	}
	require.LessOrEqual(t, starts(100, 1), 3)
	require.Greater(t, starts(100, 200), 4) // 20,000 steps
}
