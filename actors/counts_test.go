package actors

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/internal/testdb"
)

// tracer counts the statements of a pool that call functions for actors.
type tracer struct {
	mu     sync.Mutex
	counts map[string]int
}

var calledFunction = regexp.MustCompile(`weir(?:_internal)?\.((?:actor|known|release)\w*)\(`)

func (c *tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	if match := calledFunction.FindStringSubmatch(data.SQL); match != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.counts[match[1]]++
	}
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

func setupTraced(t *testing.T) (*process, *tracer) {
	t.Helper()
	counted := &tracer{counts: make(map[string]int)}
	config, err := pgxpool.ParseConfig(testdb.URL(t))
	require.NoError(t, err)
	config.MaxConns = 10
	config.ConnConfig.Tracer = counted
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return setupOn(t, pool), counted
}

func TestCallIsTwoStatementsAndNoJob(t *testing.T) {
	t.Parallel()
	p, counted := setupTraced(t)
	require.NoError(t, p.WaitReady(t.Context(), p.create(t, "x")))
	counted.reset()
	for i := range 20 {
		p.mustRun(t, "add", 1, i+1)
	}
	counts := counted.reset()
	delete(counts, "actor_outcomes") // on a busy machine an answer may be long in coming
	require.Equal(t, map[string]int{"actor_enqueue_alone": 20, "actor_commit_alone": 20}, counts)
	var jobs int
	require.NoError(t, p.pool.QueryRow(t.Context(), `select count(*) from weir_internal.river_job`).Scan(&jobs))
	require.Zero(t, jobs)
}

func TestCallsOfManyGoroutinesShareStatements(t *testing.T) {
	t.Parallel()
	p, counted := setupTraced(t)
	require.NoError(t, p.WaitReady(t.Context(), p.create(t, "x")))
	counted.reset()
	const callers, each = 64, 10
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for range each {
				if _, err := p.run(t, "add", 1); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	counts := counted.reset()
	require.Equal(t, callers*each, p.get(t))
	t.Log(counts)
	require.Less(t, counts["actor_enqueue"]+counts["actor_commit"], callers*each/2)
	require.NotContains(t, slices.Collect(maps.Keys(counts)), "release")
}
