package engine_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
)

// waitAll has n goroutines wait for a workflow.
func (b *testBundle) waitAll(t *testing.T, id string, n int) (ended chan engine.Outcome, failed chan error) {
	t.Helper()
	ended, failed = make(chan engine.Outcome, n), make(chan error, n)
	for range n {
		go func() {
			outcome, err := b.Wait(t.Context(), id)
			if err != nil {
				failed <- err
				return
			}
			ended <- outcome
		}()
	}
	return ended, failed
}

// awaitAsking waits until the database was asked for outcomes.
func (b *testBundle) awaitAsking(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		return scalar[int](t, b, `select count(*)::int from pg_stat_activity where query like '%outcomes(%' and datname = current_database()`) > 0
	}, promptly, time.Millisecond)
}

func TestManyWaitForOneWorkflowInAnyEngine(t *testing.T) {
	t.Parallel()
	g := newGate("gate", true)
	b := setup(t, g.Function)
	other := setupOn(t, b.pool)
	b.start(t, "w", call("gate"))
	g.enter(t)
	here, _ := b.waitAll(t, "w", 100)
	there, _ := other.waitAll(t, "w", 100)
	g.open()
	for range 100 {
		requireOutput(t, "1", receive(t, here))
		requireOutput(t, "1", receive(t, there))
	}
}

func TestWaitForAWorkflowThatIsDeletedMeanwhile(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.start(t, "w", call("nobody_knows"))
	started := b.start(t, "w", call("nobody_knows"))
	tx, err := b.pool.Begin(t.Context())
	require.NoError(t, err)
	require.NoError(t, b.CancelTx(t.Context(), tx, "w", ""))
	require.NoError(t, b.DeleteTx(t.Context(), tx, "w"))
	require.NoError(t, tx.Commit(t.Context()))
	_, err = b.WaitStarted(t.Context(), started)
	require.ErrorIs(t, err, engine.ErrNotFound)
	_, err = b.Wait(t.Context(), "w")
	require.ErrorIs(t, err, engine.ErrNotFound)
}

func TestWaitForAStepWhoseWorkflowIsDeletedMeanwhile(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.start(t, "w", call("nobody_knows"))
	waited := make(chan error, 1)
	go func() {
		_, err := b.WaitStep(t.Context(), "w", "later")
		waited <- err
	}()
	b.awaitAsking(t)
	tx, err := b.pool.Begin(t.Context())
	require.NoError(t, err)
	require.NoError(t, b.CancelTx(t.Context(), tx, "w", ""))
	require.NoError(t, b.DeleteTx(t.Context(), tx, "w"))
	require.NoError(t, tx.Commit(t.Context()))
	require.ErrorIs(t, receive(t, waited), engine.ErrNotFound)
}

// Binaries of before know nothing of steps.
func TestOutcomesAreToldToThoseWhoNameNoStep(t *testing.T) {
	t.Parallel()
	b := setup(t, addFunction)
	started := b.run(t, "w", chain(1)...)
	require.Equal(t, string(started.Output), scalar[string](t, b, `
select output::text
from weir_internal.outcomes(array(select id from weir_internal.workflow)) as o (workflow, status, output, error)
where status = 'SUCCESSFUL' and error is null`))
}

func TestWaitEndsWithItsContextAndTheWorkflowGoesOn(t *testing.T) {
	t.Parallel()
	g := newGate("gate", true)
	b := setup(t, g.Function)
	started := b.start(t, "w", call("gate"))
	g.enter(t)
	enough := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	waited := make(chan error, 1)
	go func() {
		_, err := b.WaitStarted(ctx, started)
		waited <- err
	}()
	others, _ := b.waitAll(t, "w", 3)
	cancel(enough)
	require.ErrorIs(t, receive(t, waited), enough)
	g.open()
	for range 3 {
		requireOutput(t, "1", receive(t, others))
	}
}

func TestWaitSeesEveryKindOfEnd(t *testing.T) {
	t.Parallel()
	broken, _ := repairable("broken")
	b := setup(t, broken, addFunction)
	starter := setupOn(t, b.pool)
	starter.start(t, "canceled", call("nobody_knows"))
	starter.start(t, "failed", with(call("broken"), atOnce(0)))
	starter.start(t, "done", chain(1)...)
	require.NoError(t, starter.Cancel(t.Context(), "canceled", ""))
	for id, status := range map[string]engine.Status{"canceled": engine.StatusCanceled, "failed": engine.StatusFailed, "done": engine.StatusSuccessful} {
		for _, e := range []*testBundle{b, starter} {
			require.Equal(t, status, e.wait(t, id).Status)
		}
	}
	_, err := b.Wait(t.Context(), "unknown")
	require.ErrorIs(t, err, engine.ErrNotFound)
	_, err = b.Wait(t.Context(), "")
	require.ErrorIs(t, err, engine.ErrInput)
}

func TestWaitEndsWhenTheEngineStops(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.start(t, "w", call("nobody_knows"))
	ended, failed := b.waitAll(t, "w", 5)
	b.awaitAsking(t)
	require.NoError(t, b.Stop(t.Context()))
	for range 5 {
		require.ErrorIs(t, receive(t, failed), engine.ErrClosed)
	}
	require.Empty(t, ended)
}
