package queue

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
)

func TestWorker_Runs(t *testing.T) {
	t.Parallel()

	b := setup(t)
	r := newTestRunner(b.pool)
	w := b.startWorker(t, b.config(t, r), r)

	key := b.startSteps(t, 3)
	for range 4 {
		require.NoError(t, receive(t, r.ended))
		require.Equal(t, w.ID(), receive(t, r.started).worker)
	}
	require.Equal(t, "SUCCESSFUL", b.one(t, "select status::text from weir_internal.workflow where id = $1", key))
	require.Equal(t, "1", b.one(t, "select count(*)::text from weir_internal.worker where id = $1 and not draining", w.ID()))
	require.ErrorIs(t, w.Start(t.Context()), ErrStarted)

	b.check(t)
}

func TestWorker_Stop(t *testing.T) {
	t.Parallel()

	t.Run("LetsOthersGoOnAtOnce", func(t *testing.T) {
		t.Parallel()

		b := setup(t)
		r := newTestRunner(b.pool)
		r.body = untilCancelled
		w := b.startWorker(t, b.config(t, r), r)
		b.startSteps(t, 3)
		for range 3 {
			receive(t, r.started)
		}

		other := newTestRunner(b.pool)
		b.startWorker(t, b.config(t, other), other)

		began := time.Now()
		stopWorker(t, w)
		stopped := time.Now()
		t.Logf("stopped in %s", stopped.Sub(began))
		for range 3 {
			require.ErrorIs(t, receive(t, r.ended), ErrStopping)
			step := receive(t, other.started)
			t.Logf("taken over %s after the call", step.at.Sub(began))
			require.Less(t, step.at.Sub(stopped), 300*time.Millisecond)
			require.NoError(t, receive(t, other.ended))
		}
		require.Equal(t, "0", b.one(t, "select count(*)::text from weir_internal.worker where id = $1", w.ID()))
		require.Equal(t, "0", b.one(t, "select sum(lost)::text from weir_internal.step"))

		receive(t, other.started) // the join
		require.NoError(t, receive(t, other.ended))
		b.check(t)
	})

	t.Run("WaitsForWhatYields", func(t *testing.T) {
		t.Parallel()

		b := setup(t)
		r := newTestRunner(b.pool)
		proceed := make(chan struct{})
		r.body = func(context.Context, runningStep) { <-proceed }
		config := b.config(t, r)
		config.SoftStop = testTimeout
		w := b.startWorker(t, config, r)
		b.startSteps(t, 1)
		receive(t, r.started)

		stopped := make(chan error)
		for range 2 { // the second call waits for the first
			go func() { stopped <- w.Stop(t.Context()) }()
		}
		require.Eventually(t, w.Draining, testTimeout, time.Millisecond)
		close(proceed)
		require.NoError(t, receive(t, r.ended), "its context is not cancelled")
		require.NoError(t, receive(t, stopped))
		require.NoError(t, receive(t, stopped))
		require.ErrorIs(t, w.Start(t.Context()), ErrStarted)

		b.check(t)
	})

	t.Run("TakesAwayWhatDoesNotYieldInTime", func(t *testing.T) {
		t.Parallel()

		b := setup(t)
		r := newTestRunner(b.pool)
		deaf := make(chan struct{})
		r.body = func(context.Context, runningStep) { <-deaf }
		w := b.startWorker(t, b.config(t, r), r)
		key := b.startSteps(t, 1)
		receive(t, r.started)

		other := newTestRunner(b.pool)
		b.startWorker(t, b.config(t, other), other)

		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		require.ErrorIs(t, w.Stop(ctx), context.DeadlineExceeded)
		require.Equal(t, key, receive(t, other.started).Workflow)
		require.NoError(t, receive(t, other.ended))

		close(deaf) // the zombie ends after all, and Stop with it
		require.NoError(t, w.Stop(t.Context()))

		b.check(t)
	})
}

func TestWorker_Fences(t *testing.T) {
	t.Parallel()

	setupRunning := func(t *testing.T, change func(*Config)) (*testBundle, *testRunner, *Worker, runningStep) {
		t.Helper()

		b := setup(t)
		r := newTestRunner(b.pool)
		var cancelled atomic.Bool // the second attempt ends
		r.body = func(ctx context.Context, step runningStep) {
			if cancelled.CompareAndSwap(false, true) {
				untilCancelled(ctx, step)
			}
		}
		config := b.config(t, r)
		if change != nil {
			change(&config)
		}
		w := b.startWorker(t, config, r)
		b.startSteps(t, 1)

		return b, r, w, receive(t, r.started)
	}

	// requireNewLife is what follows each fencing.
	requireNewLife := func(t *testing.T, b *testBundle, r *testRunner, w *Worker, step runningStep) {
		t.Helper()

		require.ErrorIs(t, receive(t, r.ended), ErrLost)
		require.Equal(t, step.worker, waitFor(t, w.signals.retired))
		began := waitFor(t, w.signals.began)
		require.NotEqual(t, step.worker, began)

		again := receive(t, r.started)
		require.Equal(t, began, again.worker)
		require.Equal(t, step.key().Step, again.Step)
		require.Greater(t, again.Epoch, step.Epoch)
		require.NoError(t, receive(t, r.ended))

		receive(t, r.started) // the join
		require.NoError(t, receive(t, r.ended))
		b.check(t)
	}

	t.Run("WhenItsRowIsGone", func(t *testing.T) {
		t.Parallel()

		b, r, w, step := setupRunning(t, nil)
		_, err := b.pool.Exec(t.Context(), "delete from weir_internal.worker")
		require.NoError(t, err)
		require.ErrorIs(t, waitFor(t, w.signals.fenced), errWorkerGone)
		requireNewLife(t, b, r, w, step)
	})

	t.Run("WhenItWasRetiredByOthers", func(t *testing.T) {
		t.Parallel()

		b, r, w, step := setupRunning(t, func(c *Config) { c.Queues = map[string]int{queueDefault: 1} })
		require.Equal(t, "true", b.one(t, "select weir_internal.worker_retire($1, true)::text", step.worker))
		require.ErrorIs(t, waitFor(t, w.signals.fenced), errWorkerGone)
		requireNewLife(t, b, r, w, step)
		require.Equal(t, "1", b.one(t, "select sum(lost)::text from weir_internal.step"))
	})

	t.Run("WhenTheEngineReportsIt", func(t *testing.T) {
		t.Parallel()

		b, r, w, step := setupRunning(t, nil)
		w.ReportLost("somebody else")
		w.ReportLost(step.worker)
		require.ErrorIs(t, waitFor(t, w.signals.fenced), errReported)
		requireNewLife(t, b, r, w, step)
	})

	t.Run("LeavesItsStepsToAResumeWhenManual", func(t *testing.T) {
		t.Parallel()

		b, r, w, step := setupRunning(t, func(c *Config) { c.ManualRecovery = true })
		w.ReportLost(step.worker)
		require.ErrorIs(t, receive(t, r.ended), ErrLost)
		require.Equal(t, step.worker, waitFor(t, w.signals.retired))
		require.NotEqual(t, step.worker, waitFor(t, w.signals.began))
		require.Equal(t, "RESUMABLE", b.one(t, "select status from weir.workflows"))
		b.check(t)

		require.Equal(t, "RUNNING", b.one(t, "select weir.resume(workflow_id) from weir.workflows"))
		require.Greater(t, receive(t, r.started).Epoch, step.Epoch)
		require.NoError(t, receive(t, r.ended))
	})

	t.Run("WhenItsSessionCannotBeReplaced", func(t *testing.T) {
		t.Parallel()

		var cut cuttable
		b, r, w, step := setupRunning(t, func(c *Config) { c.Direct = cut.config(c.Pool) })
		began := time.Now()
		cut.now(errors.New("no route"))
		require.ErrorIs(t, waitFor(t, w.signals.fenced), errLockLost)
		require.Less(t, time.Since(began), 1500*time.Millisecond, "before others may take over")

		cut.heal()
		requireNewLife(t, b, r, w, step)
	})
}

func TestWorker_KeepsItsLife(t *testing.T) {
	t.Parallel()

	b := setup(t)
	var cut cuttable
	r := newTestRunner(b.pool)
	r.body = untilCancelled
	config := b.config(t, r)
	config.Direct = cut.config(b.pool)
	w := b.startWorker(t, config, r)
	b.startSteps(t, 1)
	step := receive(t, r.started)

	cut.now(nil) // broken, but a new one can be opened
	waitFor(t, w.signals.beat)
	require.Equal(t, step.worker, w.ID())
	require.Eventually(t, func() bool {
		return b.one(t, `
select count(*)::text
from pg_catalog.pg_locks as l
join weir_internal.worker as w on w.lock_key = l.objid::bigint
where l.locktype = 'advisory'
  and l.database = (select d.oid from pg_catalog.pg_database as d where d.datname = current_database())
  and l.classid::bigint = weir_internal.session_class()
  and l.granted`) == "1"
	}, testTimeout, 10*time.Millisecond, "the lock is taken again")
	require.Empty(t, w.signals.fenced.ch)

	b.check(t)
}

// Somebody's open transaction on a step costs the step's mark, not the life.
func TestWorker_BeatsPastALockedStep(t *testing.T) {
	t.Parallel()

	b := setup(t)
	key := b.startSteps(t, 1)
	config := b.config(t, newTestRunner(b.pool))
	config.Functions = []string{"another"}
	config.Held = func(time.Duration) []Held {
		return []Held{{Workflow: key, Step: 1, StartedAt: time.Now()}} // as in a run: held, and still waiting
	}

	tx, err := b.pool.Begin(t.Context())
	require.NoError(t, err)
	defer tx.Rollback(context.WithoutCancel(t.Context())) //nolint:errcheck // nothing was written
	_, err = tx.Exec(t.Context(), "select from weir_internal.step where workflow = $1 for update", key)
	require.NoError(t, err)

	w := b.startWorker(t, config, nil)
	for range 3 {
		waitFor(t, w.signals.beat)
	}
	require.Empty(t, w.signals.fenced.ch)
}

func TestWorker_WithoutSessionLock(t *testing.T) {
	t.Parallel()

	b := setup(t)
	r := newTestRunner(b.pool)
	config := b.config(t, r)
	config.DisableSessionLock = true
	config.FetchPollInterval = 10 * time.Millisecond
	config.Direct = &pgx.ConnConfig{} // leads nowhere: there is no session
	w := b.startWorker(t, config, r)

	b.startSteps(t, 1)
	for range 2 {
		require.Equal(t, w.ID(), receive(t, r.started).worker)
		require.NoError(t, receive(t, r.ended))
	}
	waitFor(t, w.signals.beat)
	require.Empty(t, w.signals.fenced.ch)

	b.check(t)
}

func TestWorker_TellsOfStoppedSteps(t *testing.T) {
	t.Parallel()

	b := setup(t)
	r := newTestRunner(b.pool)
	r.body = untilCancelled
	w := b.startWorker(t, b.config(t, r), r)
	waitFor(t, w.signals.beat)
	key := b.startSteps(t, 1)
	step := receive(t, r.started) // too young for a beat to report it

	began := time.Now()
	b.one(t, "select weir.cancel(workflow_id)::text from weir_internal.workflow where id = $1", key)
	stopped := receive(t, r.stopped)
	require.Less(t, time.Since(began), 500*time.Millisecond, "it is told, not found by the next beat")
	require.Len(t, stopped, 1)
	require.Equal(t, step.key(), stopped[0].key())

	b.check(t)
}

// A life whose id can't be retired yet must not let River complete its rows.
func TestWorker_HoldsTheExitGate(t *testing.T) {
	t.Parallel()

	b := setup(t)
	r := newTestRunner(b.pool)
	r.body = untilCancelled
	w := b.startWorker(t, b.config(t, r), r)
	key := b.startSteps(t, 1)
	step := receive(t, r.started)

	tx, err := b.pool.Begin(t.Context())
	require.NoError(t, err)
	defer tx.Rollback(context.WithoutCancel(t.Context())) //nolint:errcheck // committed below
	_, err = tx.Exec(t.Context(), "select weir_internal.enter($1)", step.worker)
	require.NoError(t, err)

	l := w.current.Load()
	w.ReportLost(step.worker)
	require.ErrorIs(t, receive(t, r.ended), ErrLost)
	done, err := l.retirer.runOnce(t.Context(), true)
	require.NoError(t, err)
	require.False(t, done)
	require.Equal(t, []int64{step.Job}, l.jobs.list(), "it has run, and waits")
	require.Equal(t, "running", b.jobs(t, key, 0)[0].State)

	require.NoError(t, tx.Commit(t.Context()))
	waitFor(t, w.signals.retired)
	jobs := b.jobs(t, key, 0)
	require.Len(t, jobs, 2)
	require.Equal(t, "cancelled", jobs[0].State)
	require.Contains(t, jobs[0].Metadata, "retired")

	require.Equal(t, jobs[1].ID, receive(t, r.started).Job)
	b.check(t)
}

// Somebody's open transaction keeps its own workflow waiting, not the process.
func TestWorker_LivesAgainBesideALockedWorkflow(t *testing.T) {
	t.Parallel()

	b := setup(t)
	r := newTestRunner(b.pool)
	var cancelled atomic.Bool // the other attempts end
	r.body = func(ctx context.Context, step runningStep) {
		if cancelled.CompareAndSwap(false, true) {
			untilCancelled(ctx, step)
		}
	}
	w := b.startWorker(t, b.config(t, r), r)
	locked := b.startSteps(t, 1)
	step := receive(t, r.started)

	tx, err := b.pool.Begin(t.Context())
	require.NoError(t, err)
	defer tx.Rollback(context.WithoutCancel(t.Context())) //nolint:errcheck // nothing was written
	_, err = tx.Exec(t.Context(), "select from weir_internal.workflow where id = $1 for update", locked)
	require.NoError(t, err)

	w.ReportLost(step.worker)
	require.ErrorIs(t, receive(t, r.ended), ErrLost)
	began := waitFor(t, w.signals.began)
	require.NotEqual(t, step.worker, began)

	free := b.startSteps(t, 1)
	for range 2 {
		next := receive(t, r.started)
		require.Equal(t, free, next.Workflow)
		require.Equal(t, began, next.worker)
		require.NoError(t, receive(t, r.ended))
	}
	require.Empty(t, w.signals.retired.ch)
	require.Equal(t, "running", b.jobs(t, locked, 0)[0].State)

	require.NoError(t, tx.Rollback(t.Context()))
	require.Equal(t, step.worker, waitFor(t, w.signals.retired))
	again := receive(t, r.started)
	require.Equal(t, began, again.worker)
	require.Equal(t, step.Attempt+1, again.Attempt)
	require.Greater(t, again.Epoch, step.Epoch)
	for range 2 { // and the join
		require.NoError(t, receive(t, r.ended))
	}
	require.Equal(t, began, w.ID())
	b.check(t)
}

func TestWorker_SurvivesAPanicOfRun(t *testing.T) {
	t.Parallel()

	b := setup(t)
	r := newTestRunner(b.pool)
	var panicked sync.Once
	r.body = func(context.Context, runningStep) {
		panicked.Do(func() { panic("a bug") })
	}
	b.startWorker(t, b.config(t, r), r)
	key := b.startSteps(t, 1)

	first, second := receive(t, r.started), receive(t, r.started)
	require.Equal(t, first.worker, second.worker)
	require.NotEqual(t, first.Job, second.Job)
	require.NoError(t, receive(t, r.ended))
	require.Equal(t, "cancelled", b.jobs(t, key, 0)[0].State)

	receive(t, r.started)
	require.NoError(t, receive(t, r.ended))
	b.check(t)
}

// cuttable is a network between a worker and its session.
type cuttable struct {
	mu    sync.Mutex
	conns []net.Conn
	down  error
}

func (c *cuttable) config(pool *pgxpool.Pool) *pgx.ConnConfig {
	config := pool.Config().ConnConfig
	dial := config.DialFunc
	config.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		c.mu.Lock()
		defer c.mu.Unlock()

		if c.down != nil {
			return nil, c.down
		}
		conn, err := dial(ctx, network, address)
		c.conns = append(c.conns, conn)

		return conn, err
	}

	return config
}

// now breaks what is connected. With an error nothing can be connected until heal.
func (c *cuttable) now(down error) {
	c.mu.Lock()
	defer c.mu.Unlock()

	c.down = down
	for _, conn := range c.conns {
		_ = conn.Close()
	}
	c.conns = nil
}

func (c *cuttable) heal() {
	c.mu.Lock()
	defer c.mu.Unlock()

	c.down = nil
}
