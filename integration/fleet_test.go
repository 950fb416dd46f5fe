package integration_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/internal/testdb"
	"github.com/pgweir/weir/sdk"
)

// fleet is a database and the worker processes on it. The test itself only
// starts, watches and steers.
type fleet struct {
	*ledger
	url    string
	pool   *pgxpool.Pool
	client *sdk.Client
}

// setup returns a fleet without workers on a database of the test's own.
func setup(t *testing.T) *fleet {
	t.Helper()
	return setupOn(t, testdb.New(t))
}

// setupOn returns a fleet on a migrated database.
func setupOn(t *testing.T, pool *pgxpool.Pool) *fleet {
	t.Helper()
	client, err := sdk.New(sdk.Config{Pool: pool, Logger: slog.New(slog.NewTextHandler(t.Output(), nil))})
	require.NoError(t, err)
	require.NoError(t, client.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, client.Stop(context.Background())) })

	f := &fleet{ledger: newLedger(), url: pool.Config().ConnString(), pool: pool, client: client}
	_, err = pool.Exec(t.Context(), `
create table public.wrote (
  workflow text,
  step text,
  attempt integer,
  pid integer
)`)
	require.NoError(t, err)
	return f
}

// worker starts a worker process and returns when it takes work.
func (f *fleet) worker(t *testing.T, config workerConfig) *process {
	t.Helper()
	p := f.launch(t, config)
	f.await(t, 1, by(p, is(up)))
	return p
}

// launch starts a worker process without waiting for it.
func (f *fleet) launch(t *testing.T, config workerConfig) *process {
	t.Helper()
	if config.URL == "" {
		config.URL = f.url
	}
	return startProcess(t, envWorker, config, f.ledger)
}

// start stores a workflow.
func (f *fleet) start(t *testing.T, id string, root sdk.Ref[result]) sdk.Handle[result] {
	t.Helper()
	handle, err := sdk.Start(t.Context(), f.client, root, sdk.StartOpts{ID: id})
	require.NoError(t, err)
	return handle
}

// wait returns the output of a workflow that succeeds.
func wait[T any](t *testing.T, handle sdk.Handle[T]) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	got, err := handle.Wait(ctx)
	require.NoError(t, err, handle.ID())
	return got
}

// awaitHeld returns the steps that wait at a gate, by process, once there are n.
func (f *fleet) awaitHeld(t *testing.T, n int) map[int][]place {
	t.Helper()
	held := make(map[int][]place)
	for _, e := range f.await(t, n, is(waits)) {
		held[e.PID] = append(held[e.PID], e.place())
	}
	return held
}

// awaitFamilies returns the steps that wait at a gate, by process, once n families
// have come as far as they can.
func (f *fleet) awaitFamilies(t *testing.T, n int) map[int][]place {
	t.Helper()
	held := f.awaitHeld(t, n*familyHeld)
	eventually[bool](t, f, "select true from weir.steps where state = 'succeeded' having count(*) = $1", n*familyQuick)
	return held
}

// check is the last word of each test.
func (f *fleet) check(t *testing.T) {
	t.Helper()
	violations, err := f.client.Check(t.Context())
	require.NoError(t, err)
	require.Empty(t, violations)
}

// pastRestart waits until the server is older than a lease: before that a free
// lock doesn't count as death.
func (f *fleet) pastRestart(t *testing.T) {
	t.Helper()
	_, err := f.pool.Exec(t.Context(),
		"select pg_sleep(extract(epoch from pg_postmaster_start_time() + interval '5.5 seconds' - clock_timestamp())::float8)")
	require.NoError(t, err)
}

// read returns the first column of what a query finds.
func read[T any](t *testing.T, f *fleet, sql string, args ...any) []T {
	t.Helper()
	rows, err := f.pool.Query(t.Context(), sql, args...)
	require.NoError(t, err)
	found, err := pgx.CollectRows(rows, pgx.RowTo[T])
	require.NoError(t, err)
	return found
}

// eventually asks until a query finds something, and returns it.
func eventually[T any](t *testing.T, f *fleet, sql string, args ...any) T {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	timeout := time.After(patience)
	for {
		if found := read[T](t, f, sql, args...); len(found) > 0 {
			return found[0]
		}
		select {
		case <-tick.C:
		case <-timeout:
			t.Fatalf("nothing after %s: %s", patience, sql)
		}
	}
}

// workerID returns the id under which a process works.
func (f *fleet) workerID(t *testing.T, p *process) string {
	t.Helper()
	return eventually[string](t, f, "select id from weir.workers where pid = $1", p.pid())
}

// awaitNewID returns the id under which a process works after it was lost.
func (f *fleet) awaitNewID(t *testing.T, p *process, old string) string {
	t.Helper()
	return eventually[string](t, f, "select id from weir.workers where pid = $1 and id <> $2", p.pid(), old)
}

// story is all that the database tells of the workflows, in one text.
func (f *fleet) story(t *testing.T) string {
	t.Helper()
	return read[string](t, f, `
select jsonb_pretty(jsonb_build_object(
  'workflows', (select jsonb_agg(w order by w.id) from weir_internal.workflow as w),
  'steps', (select jsonb_agg(s order by s.workflow, s.no) from weir_internal.step as s),
  'attempts', (select jsonb_agg(a order by a.id) from weir_internal.step_attempt as a),
  'wrote', (select jsonb_agg(w order by w.workflow, w.step, w.attempt) from public.wrote as w)
))`)[0]
}

// attemptsLost is how many attempts died with their workers.
func (f *fleet) attemptsLost(t *testing.T) int64 {
	t.Helper()
	return read[int64](t, f, "select count(*) from weir.attempts where lost")[0]
}
