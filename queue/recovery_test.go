package queue

import (
	"context"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/stretchr/testify/require"
)

func TestRecovery_KilledProcess(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.pastRestart(t)
	dead := startChild(t, b.pool.Config().ConnString())
	dead.await(t, "began")
	b.startSteps(t, 3)
	for range 3 {
		dead.await(t, "step")
	}

	r := newTestRunner(b.pool)
	b.startWorker(t, b.config(t, r), r)
	require.NoError(t, dead.cmd.Process.Kill())
	killed := time.Now()

	for range 3 {
		step := receive(t, r.started)
		require.Less(t, step.at.Sub(killed), 2*time.Second)
		require.EqualValues(t, 2, step.Attempt)
	}
	t.Logf("taken over after %s", time.Since(killed))
	for range 4 { // and the join
		require.NoError(t, receive(t, r.ended))
	}
	require.Equal(t, "3", b.one(t, "select sum(lost)::text from weir_internal.step"))
	require.Equal(t, "3", b.one(t, "select count(*)::text from weir_internal.step_attempt where lost"))

	b.check(t)
}

func TestRecovery_PausedProcess(t *testing.T) {
	t.Parallel()

	b := setup(t)
	paused := startChild(t, b.pool.Config().ConnString())
	first := paused.await(t, "began")
	b.startSteps(t, 1)
	paused.await(t, "step")

	r := newTestRunner(b.pool)
	b.startWorker(t, b.config(t, r), r)
	require.NoError(t, paused.cmd.Process.Signal(syscall.SIGSTOP))

	// Its lock is held, so it lives until the lease runs out.
	require.Equal(t, int32(0), receive(t, r.started).Step)
	require.NoError(t, receive(t, r.ended))
	receive(t, r.started)
	require.NoError(t, receive(t, r.ended))

	require.NoError(t, paused.cmd.Process.Signal(syscall.SIGCONT))
	require.Equal(t, errLeaseExpired.Error(), paused.await(t, "fenced"), "it knows before it asks")
	require.NotEqual(t, first, paused.await(t, "began"))

	b.check(t)
}

// A zombie that doesn't know it yet can compute; it can record nothing.
func TestRecovery_SilentWorker(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.pastRestart(t)
	r := newTestRunner(b.pool)
	proceed := make(chan struct{})
	r.body = func(context.Context, runningStep) { <-proceed }
	config := b.config(t, r)
	config.Queues = map[string]int{queueDefault: 1}
	zombie := b.startWorker(t, config, r)
	key := b.startSteps(t, 1)
	first := receive(t, r.started)

	other := newTestRunner(b.pool)
	b.startWorker(t, b.config(t, other), other)

	zombie.current.Load().stopServices() // neither beats nor holds its lock
	silent := time.Now()
	second := receive(t, other.started)
	require.Less(t, second.at.Sub(silent), 2*time.Second)
	require.NoError(t, receive(t, other.ended))
	receive(t, other.started) // the join
	require.NoError(t, receive(t, other.ended))

	before := b.one(t, "select jsonb_agg(s)::text from weir_internal.step as s")
	close(proceed)
	require.ErrorIs(t, waitFor(t, zombie.signals.fenced), errReported)
	require.Equal(t, first.worker, waitFor(t, zombie.signals.retired))
	require.NotEqual(t, first.worker, waitFor(t, zombie.signals.began))
	require.Equal(t, before, b.one(t, "select jsonb_agg(s)::text from weir_internal.step as s"))

	require.Equal(t, "SUCCESSFUL", b.one(t, "select status::text from weir_internal.workflow where id = $1", key))
	b.check(t)
}

// fleet registers a worker that nobody runs.
func (b *testBundle) fleet(t *testing.T, id string) {
	t.Helper()

	_, err := register(t.Context(), b.pool, registration{
		id: id, host: "host", functions: []string{testFunction}, queues: []string{queueDefault}, lease: 5 * time.Second,
	})
	require.NoError(t, err)
}

// fetch does what River's producer does for the worker, and loses the reply.
func (b *testBundle) fetch(t *testing.T, id string) {
	t.Helper()

	_, err := riverpgxv5.New(b.pool).GetExecutor().JobGetAvailable(t.Context(), &riverdriver.JobGetAvailableParams{
		ClientID: id, Kind: []string{testFunction}, MaxAttemptedBy: 100, MaxToLock: 100, Queue: queueDefault, Schema: riverSchema,
	})
	require.NoError(t, err)
}

// at pins the database's clock for one connection.
func (b *testBundle) at(t *testing.T, clock string) *pgxpool.Conn {
	t.Helper()

	conn, err := b.pool.Acquire(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = conn.Hijack().Close(t.Context()) // with its clock
	})
	_, err = conn.Exec(t.Context(), "select set_config('weir.clock', ("+clock+")::text, false)")
	require.NoError(t, err)

	return conn
}

func TestSweeper_RunOnce(t *testing.T) {
	t.Parallel()

	t.Run("LeavesTheLivingAlone", func(t *testing.T) {
		t.Parallel()

		b := setup(t)
		b.fleet(t, "living")
		res, err := newSweeper(&sweeperConfig{poison: 5, pool: b.pool}, &testSignals{}).runOnce(t.Context())
		require.NoError(t, err)
		require.Empty(t, res.Retired)
		require.Greater(t, res.Next, time.Duration(0))
		require.LessOrEqual(t, res.Next, sweepWaitMax)
	})

	t.Run("RequeuesWhatTheDeadHad", func(t *testing.T) {
		t.Parallel()

		b := setup(t)
		b.fleet(t, "dead")
		key := b.startSteps(t, 1)
		b.fetch(t, "dead")

		later := b.at(t, "clock_timestamp() + interval '6 seconds'")
		res, err := newSweeper(&sweeperConfig{poison: 5, pool: later}, &testSignals{}).runOnce(t.Context())
		require.NoError(t, err)
		require.Equal(t, []string{"dead"}, res.Retired)

		jobs := b.jobs(t, key, 0)
		require.Len(t, jobs, 2)
		require.Equal(t, "cancelled", jobs[0].State)
		require.Equal(t, "available", jobs[1].State)
		b.check(t)
	})

	// All locks are free after a restart, and live workers need a beat to come back.
	t.Run("TrustsOnlyLeasesAfterARestart", func(t *testing.T) {
		t.Parallel()

		b := setup(t)
		sweepAt := func(clock string) sweepResult {
			conn := b.at(t, clock)
			_, err := conn.Exec(t.Context(), "delete from weir_internal.worker")
			require.NoError(t, err)
			_, err = register(t.Context(), conn, registration{
				id: "quiet", host: "host", functions: []string{testFunction}, queues: []string{queueDefault}, lease: 5 * time.Second,
				sessionLock: true,
			})
			require.NoError(t, err)

			later := b.at(t, clock+" + interval '2 seconds'")
			res, err := newSweeper(&sweeperConfig{poison: 5, pool: later}, &testSignals{}).runOnce(t.Context())
			require.NoError(t, err)
			return res
		}

		require.Empty(t, sweepAt("pg_postmaster_start_time()").Retired)
		require.Equal(t, []string{"quiet"}, sweepAt("pg_postmaster_start_time() + interval '1 hour'").Retired)
	})
}

func TestReconciler_RunOnce(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fleet(t, "forgetful")
	key := b.startSteps(t, 2)
	b.fetch(t, "forgetful")
	known := b.jobs(t, key, 0)[0].ID

	r := newReconciler(&reconcilerConfig{
		id: "forgetful", jobs: func() []int64 { return []int64{known} }, pool: b.pool,
	}, &testSignals{})

	res, err := r.runOnce(t.Context(), time.Minute)
	require.NoError(t, err)
	require.Zero(t, res.Found, "it may be on its way")

	res, err = r.runOnce(t.Context(), 0)
	require.NoError(t, err)
	require.Equal(t, 1, res.Found)
	require.Equal(t, "running", b.jobs(t, key, 0)[0].State)
	require.Equal(t, "cancelled", b.jobs(t, key, 1)[0].State)
	require.Equal(t, "available", b.jobs(t, key, 1)[1].State)

	b.check(t)
}

// lock has somebody else lock a workflow, until the transaction ends.
func (b *testBundle) lock(t *testing.T, key int64) pgx.Tx {
	t.Helper()

	tx, err := b.pool.Begin(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { _ = tx.Rollback(context.Background()) })
	_, err = tx.Exec(t.Context(), "select from weir_internal.workflow where id = $1 for update", key)
	require.NoError(t, err)
	return tx
}

func TestReconciler_ComesAgainSoonForWhatIsLocked(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fleet(t, "forgetful")
	key := b.startSteps(t, 1)
	b.fetch(t, "forgetful")
	tx := b.lock(t, key)

	r := newReconciler(&reconcilerConfig{id: "forgetful", jobs: newInventory().list, pool: b.pool}, &testSignals{})
	res, err := r.runOnce(t.Context(), 0)
	require.NoError(t, err)
	require.Equal(t, reconcileResult{Found: 1, Remains: true}, res)
	require.Less(t, r.wait(), reconcileWaitMin)

	require.NoError(t, tx.Rollback(t.Context()))
	res, err = r.runOnce(t.Context(), 0)
	require.NoError(t, err)
	require.Equal(t, reconcileResult{Found: 1}, res)
	require.GreaterOrEqual(t, r.wait(), reconcileWaitMin)

	b.check(t)
}

func TestGiveBack_WaitsForWhoHasLockedTheWorkflow(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fleet(t, "doubtful")
	key := b.startSteps(t, 1)
	b.fetch(t, "doubtful")
	tx := b.lock(t, key)
	var id string
	require.NoError(t, b.pool.QueryRow(t.Context(), "select workflow_id from weir_internal.workflow where id = $1", key).Scan(&id))

	calls := 0
	err := giveBack(t.Context(), b.pool, "doubtful", func() []int64 {
		if calls++; calls == 2 {
			require.NoError(t, tx.Rollback(t.Context()))
		}
		return []int64{}
	}, id)
	require.NoError(t, err)
	require.Equal(t, 2, calls)
	require.Equal(t, "cancelled", b.jobs(t, key, 0)[0].State)
	require.Equal(t, "available", b.jobs(t, key, 0)[1].State)

	b.check(t)
}

func TestReconciler_KnowsNothingAtFirst(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fleet(t, "new")
	b.startSteps(t, 1)
	b.fetch(t, "new")

	r := newReconciler(&reconcilerConfig{id: "new", jobs: newInventory().list, pool: b.pool}, &testSignals{})
	res, err := r.runOnce(t.Context(), 0)
	require.NoError(t, err)
	require.Equal(t, 1, res.Found)

	b.check(t)
}

func TestMender_RunOnce(t *testing.T) {
	t.Parallel()

	b := setup(t)
	keys := []int64{b.startSteps(t, 1), b.startSteps(t, 1), b.startSteps(t, 1)}
	_, err := b.pool.Exec(t.Context(), "delete from weir_internal.river_job where (args ->> 'w')::bigint = $1", keys[1])
	require.NoError(t, err)

	m := newMender(&menderConfig{pool: b.pool, slice: 1}, &testSignals{})
	for pass, mended := range []int{0, 1, 0} {
		res, err := m.runOnce(t.Context())
		require.NoError(t, err)
		require.Equal(t, mendResult{Mended: mended, Next: keys[pass]}, res)
	}
	res, err := m.runOnce(t.Context())
	require.NoError(t, err)
	require.Equal(t, mendResult{}, res, "and from the beginning again")

	require.Len(t, b.jobs(t, keys[1], 0), 1)
	b.check(t)
}

// What a dead id still fetches after it was retired is given back as well.
func TestRetirer_GivesBackLateFetches(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fleet(t, "late")
	key := b.startSteps(t, 2)
	require.Equal(t, "true", b.one(t, "select weir_internal.worker_retire('late', true)::text"))
	b.fetch(t, "late")

	r := newRetirer(&retirerConfig{id: "late", poison: 5, pool: b.pool})
	done, err := r.runOnce(t.Context(), true)
	require.NoError(t, err)
	require.True(t, done)
	for step := range 2 {
		jobs := b.jobs(t, key, step)
		require.Len(t, jobs, 2)
		require.Equal(t, "cancelled", jobs[0].State)
		require.Equal(t, "available", jobs[1].State)
	}

	b.check(t)
}

func TestIdleWorker(t *testing.T) {
	t.Parallel()

	b := setup(t)
	var count statementCount
	config := b.pool.Config()
	config.ConnConfig.Tracer = &count
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(pool.Close)

	r := newTestRunner(pool)
	workerConfig := b.config(t, r)
	workerConfig.Pool = pool
	w := b.startWorker(t, workerConfig, r)

	waitFor(t, w.signals.beat) // past the start
	before, began := count.Load(), time.Now()
	for range 5 {
		waitFor(t, w.signals.beat)
	}
	rate := float64(count.Load()-before) / time.Since(began).Seconds()
	t.Log("statements a second: " + strconv.FormatFloat(rate, 'f', 1, 64))
	require.LessOrEqual(t, rate, 10.0)
}

// statementCount counts what is sent to the server.
type statementCount struct{ atomic.Int64 }

func (c *statementCount) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	c.Add(1)
	return ctx
}

func (c *statementCount) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}
