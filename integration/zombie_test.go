package integration_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/sdk"
)

// The zombie's bodies don't hear that they are over, and end in every way there
// is after others have taken their steps.
func TestAPausedWorkerRecordsNothing(t *testing.T) {
	t.Parallel()
	f := setup(t)
	zombie := f.worker(t, workerConfig{})
	deaf := task{Value: 1, Gate: "late", Deaf: true}
	failing := deaf
	failing.FailFirst = true
	handles := []sdk.Handle[result]{
		f.start(t, "checkpoint", node(work, "next", task{Value: 1}, node(work, "late", deaf))),
		f.start(t, "transaction", node(work, "next", task{Value: 1}, node(workTx, "late", deaf))),
		f.start(t, "continuation", node(work, "next", task{Value: 1}, node(unfold, "late", deaf))),
		f.start(t, "failure", node(work, "next", task{Value: 1}, node(work, "late", failing))),
		f.start(t, "failure in a transaction", node(work, "next", task{Value: 1}, node(workTx, "late", failing))),
	}
	f.awaitHeld(t, len(handles))
	first := f.workerID(t, zombie)
	other := f.worker(t, workerConfig{})

	zombie.pause(t)
	for _, handle := range handles {
		got := wait(t, handle)
		require.Equal(t, other.pid(), got.PID)
		late := f.find(at(handle.ID(), "late", attempt(2, is(began))))
		require.Len(t, late, 1)
		require.Equal(t, other.pid(), late[0].PID)
	}
	before := f.story(t)
	zombie.open(t, "late")
	zombie.resume(t)

	f.await(t, len(handles), by(zombie, is(ended)))
	f.awaitNewID(t, zombie, first)
	require.Equal(t, before, f.story(t), "under its old id it records nothing")

	other.stop(t)
	require.Equal(t, zombie.pid(), wait(t, f.start(t, "back", node(work, "back", task{}))).PID, "it works again")
	f.forget(t, "back")
	zombie.stop(t) // and nothing of it is left that could write
	require.Equal(t, before, f.story(t))

	require.Equal(t, int64(len(handles)), f.attemptsLost(t))
	require.Empty(t, read[int](t, f, "select pid from public.wrote where pid = $1", zombie.pid()))
	require.Empty(t, read[string](t, f, "select name from weir.steps where name like '%_of_attempt_1'"))
	require.Empty(t, read[string](t, f, "select step from weir.attempts where not lost"))
	f.check(t)
}

// forget deletes a workflow, so that a story doesn't tell of it.
func (f *fleet) forget(t *testing.T, id string) {
	t.Helper()
	require.NoError(t, f.client.Delete(t.Context(), id))
}
