package engine

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStartHandedOverIsOwnedLikeWhatWasFetched(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.register(t, "a", "f")
	r.start(t, "before", plain())
	first := r.take(t, "a")
	_, _, err := r.fail(first, "broken", true)
	require.NoError(t, err)
	r.requireJob(t, true, first.job)

	held, err := r.startHere(newRigStart(t, StartParams{ID: "w", Graph: Graph{Steps: chain(3)}}), "a", first.job, "f")
	require.NoError(t, err)
	require.NotNil(t, held)
	require.Len(t, held.followers, 2)
	r.requireJob(t, false, first.job) // the start takes it along
	require.Equal(t, "a", scalar[string](t, r, `select weir_internal.river_owner($1)`, held.job))
	require.Nil(t, r.fetch(t, "a"), "there is nothing left to fetch")
	r.requireSound(t)

	reply, err := r.succeed(held, `1`, passRun)
	require.NoError(t, err)
	next := &rigThread{worker: "a", job: held.job, assignment: reply.next}
	done, err := r.retire("a", true, 5)
	require.NoError(t, err)
	require.True(t, done)
	require.Equal(t, []string{"succeeded", "ready", "waiting"}, r.states(t, "w"))
	require.Equal(t, 1, scalar[int](t, r, `select count(*)::int from weir.attempts where lost`))
	_, err = r.succeed(next, `2`, passRun)
	require.ErrorIs(t, err, ErrLost, "it has lost its lease")

	r.register(t, "b", "f")
	require.Equal(t, int32(1), r.take(t, "b").no)
}

func TestStartOfAWorkerThatIsGoneIsForOthers(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	held, err := r.startHere(newRigStart(t, StartParams{ID: "w", Graph: Graph{Steps: chain(3)}}), "gone", 0, "f")
	require.NoError(t, err)
	require.Nil(t, held)
	require.Equal(t, []string{"ready", "waiting", "waiting"}, r.states(t, "w"))
}

func TestStartHandsOverNeitherWhatIsThereNorWhatHasToWait(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.register(t, "a", "f")
	r.limit(t, "name", "n", new(1), nil)
	for _, id := range []string{"w", "waits", "w"} {
		item := newRigStart(t, StartParams{ID: id, Name: "n", Graph: Graph{Steps: chain(1)}})
		held, err := r.startHere(item, "a", 0, "f")
		require.NoError(t, err)
		require.Nil(t, held, "the limit admits what it can under jobs of its own")
	}
	require.Equal(t, "PENDING", r.status(t, "waits"))
}

// The start waits for the retirement, or the other way round: what is handed over
// is never left with a worker that is gone.
func TestStartHandedOverAgainstRetirement(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.register(t, "a", "f")
	item := newRigStart(t, StartParams{ID: "w", Graph: Graph{Steps: chain(1)}})
	first, tx := r.begin(t)
	held, err := first.startHere(item, "a", 0, "f")
	require.NoError(t, err)
	require.NotNil(t, held)

	done, err := r.retire("a", true, 5)
	require.NoError(t, err)
	require.False(t, done, "a call of the worker's is still on its way")
	require.NoError(t, tx.Commit(r.ctx))
	done, err = r.retire("a", true, 5)
	require.NoError(t, err)
	require.True(t, done)
	require.Equal(t, []string{"ready"}, r.states(t, "w"))
}

func TestWorkerRemovesOnlyItsOwnJobs(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.register(t, "a", "f")
	r.register(t, "b", "f")
	r.start(t, "w", plain())
	job := r.take(t, "a").job
	r.exec(t, `select weir_internal.complete('b', $1)`, []int64{job})
	r.requireJob(t, true, job)
	r.exec(t, `select weir_internal.complete('a', $1)`, []int64{job})
	r.requireJob(t, false, job)
	r.exec(t, `delete from weir_internal.step`) // it would be without a job
	r.exec(t, `delete from weir_internal.workflow`)
}
