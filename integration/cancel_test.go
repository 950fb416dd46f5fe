package integration_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/sdk"
)

func TestACancelReachesTheBodiesOfOtherProcesses(t *testing.T) {
	t.Parallel()
	f := setup(t)
	p := f.worker(t, workerConfig{})
	obedient := f.start(t, "obedient", node(work, "after", task{Value: 1}, node(work, "obedient", task{Value: 1, Gate: "late"})))
	stubborn := f.start(t, "stubborn", node(work, "after", task{Value: 1}, node(work, "stubborn", task{Value: 1, Gate: "late", Deaf: true})))
	running := f.awaitHeld(t, 2)
	require.Len(t, running[p.pid()], 2)

	for _, handle := range []sdk.Handle[result]{obedient, stubborn} {
		asked := time.Now()
		require.NoError(t, f.client.Cancel(t.Context(), handle.ID(), "enough"))
		heard := f.await(t, 1, at(handle.ID(), handle.ID(), is(cancelled)))
		took := heard[0].At.Sub(asked)
		t.Logf("a body in another process heard of the cancel after %s", took.Round(time.Millisecond))
		require.Less(t, took, bound(time.Second))
		require.Equal(t, causeCanceled, heard[0].Detail)
		_, err := handle.Wait(t.Context())
		require.ErrorIs(t, err, sdk.ErrCanceled)
	}

	p.open(t, "late")
	eventually[string](t, f, "select name from weir.steps where name = 'stubborn' and state = 'succeeded'")
	p.stop(t) // and nothing is left that could start

	require.Empty(t, f.find(at("", "after", is(began))))
	require.Empty(t, read[string](t, f, "select step from weir.attempts"), "a cancelled body is no failed attempt")
	f.check(t)

	f.worker(t, workerConfig{})
	for _, handle := range []sdk.Handle[result]{obedient, stubborn} {
		status, err := f.client.Resume(t.Context(), handle.ID())
		require.NoError(t, err)
		require.Equal(t, sdk.StatusRunning, status)
		require.Equal(t, 2, wait(t, handle).Value)
	}
	require.Len(t, f.find(at("stubborn", "stubborn", is(began))), 1, "its late success was kept")
	require.Len(t, f.find(at("obedient", "obedient", is(began))), 2)
	f.check(t)
}

// A cancel that waits for no running body, in the caller's own transaction.
func TestACancelHoldsOnceItsTransactionCommits(t *testing.T) {
	t.Parallel()
	f := setup(t)
	p := f.worker(t, workerConfig{})
	handle := f.start(t, "undecided", node(work, "after", task{Value: 1}, node(work, "held", task{Value: 1, Gate: "gate"})))
	f.awaitHeld(t, 1)

	tx, err := f.pool.Begin(t.Context())
	require.NoError(t, err)
	require.NoError(t, f.client.CancelTx(t.Context(), tx, "undecided", "maybe"))
	require.NoError(t, tx.Rollback(context.WithoutCancel(t.Context())))
	p.open(t, "gate")

	require.Equal(t, 2, wait(t, handle).Value)
	require.Empty(t, f.find(is(cancelled)))
	f.check(t)
}
