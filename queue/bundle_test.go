package queue

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/internal/testdb"
)

const (
	testFunction = "test"
	testTimeout  = 15 * time.Second
)

type testBundle struct {
	pool *pgxpool.Pool
}

func setup(t *testing.T) *testBundle {
	t.Helper()
	return &testBundle{pool: testdb.New(t)}
}

// check is the last line of a test.
func (b *testBundle) check(t *testing.T) {
	t.Helper()

	rows, err := b.pool.Query(t.Context(), "select c::text from weir.check() as c")
	require.NoError(t, err)
	broken, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.Empty(t, broken)
}

// pastRestart waits until the server is older than a lease: before, a free lock
// means nothing.
func (b *testBundle) pastRestart(t *testing.T) {
	t.Helper()
	b.one(t, `
select pg_sleep(greatest(0, extract(epoch from pg_postmaster_start_time() + interval '5.1 seconds' - clock_timestamp())))::text`)
}

// config is that of a worker that runs the tokens with r.
func (b *testBundle) config(t *testing.T, r *testRunner) Config {
	t.Helper()
	return Config{
		Pool:      b.pool,
		Functions: []string{testFunction},
		Queues:    map[string]int{queueDefault: 10},
		Version:   "test",
		Logger:    slog.New(slog.NewTextHandler(t.Output(), nil)),
		SoftStop:  time.Millisecond,
		Run:       r.run,
		Held:      r.held,
		Stopped:   func(steps []Held) { r.stopped <- steps },
	}
}

// startWorker starts a worker that is stopped after the test.
func (b *testBundle) startWorker(t *testing.T, config Config, r *testRunner) *Worker {
	t.Helper()

	w, err := New(config)
	require.NoError(t, err)
	w.signals.init()
	if r != nil {
		r.lost = w.ReportLost
	}

	require.NoError(t, w.Start(t.Context()))
	t.Cleanup(func() { stopWorker(t, w) })
	waitFor(t, w.signals.began)

	return w
}

func stopWorker(t *testing.T, w *Worker) {
	t.Helper()

	ctx, cancel := context.WithTimeout(context.Background(), testTimeout)
	defer cancel()
	require.NoError(t, w.Stop(ctx))
}

// startSteps starts a workflow of n steps that are ready at once and one that
// joins them, and returns its key.
func (b *testBundle) startSteps(t *testing.T, n int) int64 {
	t.Helper()
	return startSteps(t, b.pool, testFunction, n)
}

func startSteps(t *testing.T, db querier, function string, n int) int64 {
	t.Helper()

	var (
		workflow     = make([]int32, n+1)
		no           = make([]int32, n+1)
		name         = make([]string, n+1)
		functions    = slices.Repeat([]string{function}, n+1)
		queue        = slices.Repeat([]string{queueDefault}, n+1)
		dependencies = slices.Repeat([]string{"{}"}, n+1)
		dependents   = slices.Repeat([]string{fmt.Sprintf("{%d}", n)}, n+1)
		run          = make([]int32, n+1)
		caught       = make([]bool, n+1)
		args         = slices.Repeat([]string{"[]"}, n+1)
		all          = "{"
	)
	for i := range n + 1 {
		workflow[i], no[i], name[i] = 1, int32(i), fmt.Sprintf("step_%d", i)
		if i < n {
			all += fmt.Sprintf("%d,", i)
		}
	}
	dependencies[n] = all[:len(all)-1] + "}"
	dependents[n] = "{}"

	var key int64
	err := db.QueryRow(t.Context(), `
select id
from weir_internal.start(
  array[$1::text], array[null::text], array['{}'::jsonb], array[1::bigint], array[$2::int], array['reject'],
  $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::jsonb[], array_fill(null::jsonb, array[$2::int]), array_fill(null::jsonb, array[$2::int]), true, true
)`,
		newID(), n+1, workflow, no, name, functions, queue, dependencies, dependents, run, caught, args,
	).Scan(&key)
	require.NoError(t, err)

	return key
}

// jobRow is what tests look at in a River row.
type jobRow struct {
	ID       int64
	State    string
	Attempt  int
	Final    bool
	Metadata string
}

// jobs returns the River rows of a step, oldest first.
func (b *testBundle) jobs(t *testing.T, workflow int64, step int) []jobRow {
	t.Helper()

	rows, err := b.pool.Query(t.Context(), `
select id, state::text, attempt, finalized_at is not null, metadata::text
from weir_internal.river_job
where (args ->> 'w')::bigint = $1
  and (args ->> 's')::int = $2
order by id`, workflow, step)
	require.NoError(t, err)
	jobs, err := pgx.CollectRows(rows, pgx.RowToStructByPos[jobRow])
	require.NoError(t, err)

	return jobs
}

func (b *testBundle) one(t *testing.T, sql string, args ...any) string {
	t.Helper()

	var value string
	require.NoError(t, b.pool.QueryRow(t.Context(), sql, args...).Scan(&value))
	return value
}

func waitFor[T any](t *testing.T, s signal[T]) T {
	t.Helper()
	return receive(t, s.ch)
}

func receive[T any](t *testing.T, ch <-chan T) T {
	t.Helper()

	timer := time.NewTimer(testTimeout)
	defer timer.Stop()
	select {
	case value := <-ch:
		return value
	case <-timer.C:
		require.FailNow(t, "nothing was signalled")
		panic("unreachable")
	}
}
