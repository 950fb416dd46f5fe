package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
)

// repairable fails for good until it is repaired.
func repairable(name string) (function engine.Function, repair func()) {
	var repaired atomic.Bool
	return do(name, func(context.Context, []json.RawMessage) (any, error) {
		if !repaired.Load() {
			return nil, errors.New("out of order")
		}
		return 1, nil
	}), func() { repaired.Store(true) }
}

// counting is a function that returns 1 and counts its runs.
func counting(name string) (engine.Function, *atomic.Int64) {
	runs := new(atomic.Int64)
	return do(name, func(context.Context, []json.RawMessage) (any, error) {
		runs.Add(1)
		return 1, nil
	}), runs
}

func TestG1ResumeOfAFailedWorkflowRunsOnlyWhatIsNotDone(t *testing.T) {
	t.Parallel()
	broken, repair := repairable("broken")
	count, runs := counting("count")
	b := setup(t, broken, count, addFunction)
	outcome := b.run(t, "w", call("count"), call("count", ref(0)), with(call("broken", ref(1)), atOnce(1)), call("add", ref(2), ref(0)))
	require.Equal(t, 2, outcome.Error.Attempts)
	outcome = b.resume(t, "w")
	require.Equal(t, engine.StatusFailed, outcome.Status)
	require.Equal(t, 4, scalar[int](t, b, `select count(*)::int from weir.attempts`), "a resume gives a fresh budget")
	repair()
	requireOutput(t, "2", b.resume(t, "w"))
	require.Equal(t, int64(2), runs.Load())
}

func TestG8ResumeGoesOnInsideAContinuation(t *testing.T) {
	t.Parallel()
	broken, repair := repairable("broken")
	count, runs := counting("count")
	var grown atomic.Int64
	outer := grow("outer", func(n int) engine.Continuation {
		grown.Add(1)
		if n > 0 {
			return returned(call("count"), call("outer", number(n-1)), call("add", ref(0), ref(1)))
		}
		return returned(call("count"), call("broken", ref(0)), call("add", ref(0), ref(1)))
	})
	b := setup(t, broken, count, outer, addFunction)
	started := b.start(t, "w", call("outer", literal("3")), call("add", ref(0)))
	require.Eventually(t, func() bool {
		return scalar[int](t, b, `select count(*)::int from weir.attempts`) > 0
	}, promptly, time.Millisecond)
	require.NoError(t, b.Cancel(t.Context(), "w", ""))
	repair()
	_, err := b.Resume(t.Context(), "w")
	require.NoError(t, err)
	outcome, err := b.WaitStarted(t.Context(), started)
	require.NoError(t, err)
	requireOutput(t, "5", outcome)
	require.Equal(t, int64(4), runs.Load())
	require.Equal(t, int64(4), grown.Load())
}

func TestG3ToG5ResumeSaysWhatItFound(t *testing.T) {
	t.Parallel()
	b := setup(t, addFunction)
	b.run(t, "done", chain(2)...)
	status, err := b.Resume(t.Context(), "done")
	require.NoError(t, err)
	require.Equal(t, engine.StatusSuccessful, status)
	requireOutput(t, "1", b.wait(t, "done"))

	b.start(t, "running", call("nobody_knows"))
	status, err = b.Resume(t.Context(), "running")
	require.NoError(t, err)
	require.Equal(t, engine.StatusRunning, status)
	require.Equal(t, 1, scalar[int](t, b, `select count(*)::int from weir_internal.river_job where kind = 'nobody_knows'`))

	_, err = b.Resume(t.Context(), "unknown")
	require.ErrorIs(t, err, engine.ErrNotFound)
	require.Equal(t, 2, scalar[int](t, b, `select count(*)::int from weir.workflows`))

	require.NoError(t, b.Cancel(t.Context(), "running", ""))
	tx, err := b.pool.Begin(t.Context())
	require.NoError(t, err)
	status, err = b.ResumeTx(t.Context(), tx, "running")
	require.NoError(t, err)
	require.Equal(t, engine.StatusRunning, status)
	require.NoError(t, tx.Rollback(t.Context()))
	require.Equal(t, []string{"halted"}, b.states(t, "running"))
}

func TestZombieOfACancelledAndResumedStepRecordsNothing(t *testing.T) {
	t.Parallel()
	zombie, fresh := newGate("first", false), newGate("second", false)
	var runs atomic.Int64
	b := setup(t, engine.Function{Name: "f", Do: func(ctx context.Context, args []json.RawMessage) (json.RawMessage, error) {
		if runs.Add(1) == 1 {
			_, err := zombie.Do(ctx, args)
			return json.RawMessage(`"zombie"`), err
		}
		_, err := fresh.Do(ctx, args)
		return json.RawMessage(`"fresh"`), err
	}})
	started := b.start(t, "w", call("f"))
	zombie.enter(t)
	require.NoError(t, b.Cancel(t.Context(), "w", ""))
	_, err := b.Resume(t.Context(), "w")
	require.NoError(t, err)
	fresh.enter(t)
	zombie.open()
	requireNothingHeldBut(t, b, 1)
	fresh.open()
	outcome, err := b.WaitStarted(t.Context(), started)
	require.NoError(t, err)
	requireOutput(t, `"fresh"`, outcome)
}

// requireNothingHeldBut waits until River runs no more than n jobs.
func requireNothingHeldBut(t *testing.T, b *testBundle, n int) {
	t.Helper()
	require.Eventually(t, func() bool {
		return scalar[int](t, b, `select count(*)::int from weir_internal.river_job where state = 'running'`) <= n
	}, promptly, time.Millisecond)
}

func TestDeleteFreesTheID(t *testing.T) {
	t.Parallel()
	b := setup(t, addFunction, countdown)
	require.ErrorIs(t, b.Delete(t.Context(), "w"), engine.ErrNotFound)
	first := b.start(t, "w", call("nobody_knows"))
	require.ErrorIs(t, b.Delete(t.Context(), "w"), engine.ErrActive)
	require.NoError(t, b.Cancel(t.Context(), "w", ""))
	require.NoError(t, b.Delete(t.Context(), "w"))
	_, err := b.Status(t.Context(), "w")
	require.ErrorIs(t, err, engine.ErrNotFound)

	second := b.start(t, "w", call("countdown", literal("5")))
	require.True(t, second.Created)
	require.NotEqual(t, first.Key, second.Key)
	requireOutput(t, "0", b.wait(t, "w"))
	require.NoError(t, b.Delete(t.Context(), "w"))
	for _, table := range []string{"workflow", "step", "step_name", "timer", "step_attempt"} {
		require.Zero(t, scalar[int](t, b, `select count(*)::int from weir_internal.`+table), table)
	}
}

func TestBodyOfADeletedWorkflowRecordsNothing(t *testing.T) {
	t.Parallel()
	g := newGate("gate", false)
	b := setup(t, g.Function, addFunction)
	b.start(t, "w", call("gate"), call("add", ref(0)))
	ctx := g.enter(t)
	require.NoError(t, b.Cancel(t.Context(), "w", ""))
	require.NoError(t, b.Delete(t.Context(), "w"))
	b.start(t, "w", call("add", literal("7")), call("add", ref(0)))
	receive(t, ctx.Done())
	g.open()
	requireOutput(t, "7", b.wait(t, "w"))
	requireNothingHeldBut(t, b, 0)
	require.Equal(t, 2, scalar[int](t, b, `select count(*)::int from weir.steps`))
}
