package engine

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func (r *rig) requireJob(t require.TestingT, there bool, job int64) {
	require.Equal(t, there, scalar[bool](t, r, `select exists (select from weir_internal.river_job where id = $1)`, job))
}

// A job is removed by the checkpoint after which its thread holds nothing, and by no other.
func TestJobGoesWithTheLastStepOfItsThread(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.register(t, "a", "f")
	r.start(t, "w", plain(), plain(0), plain(0), plain(1, 2), plain(3))
	top := r.take(t, "a")
	reply, err := r.succeed(top, `1`, passHand)
	require.NoError(t, err)
	require.Equal(t, int32(1), reply.next.no)
	r.requireJob(t, true, top.job)

	left, right := &rigThread{worker: "a", job: top.job, assignment: reply.next}, r.take(t, "a")
	items := []*advanceItem{left.item(`2`, passHand), right.item(`3`, passHand)}
	require.NoError(t, advance(r.ctx, r.db, advanceSQL, "a", items, true))
	require.NotNil(t, items[0].reply.next)
	require.Nil(t, items[1].reply.next)
	r.requireJob(t, true, left.job)
	r.requireJob(t, false, right.job)

	joined := &rigThread{worker: "a", job: left.job, assignment: items[0].reply.next}
	reply, err = r.succeed(joined, `4`, passRun)
	require.NoError(t, err)
	r.requireJob(t, true, left.job)
	_, err = r.succeed(&rigThread{worker: "a", job: left.job, assignment: reply.next}, `5`, passHand)
	require.NoError(t, err)
	r.requireJob(t, false, left.job)
	require.Equal(t, "SUCCESSFUL", r.status(t, "w"))
	r.requireSound(t)
}

func TestJobGoesWithTheLastStepOfASubGraph(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.register(t, "a", "f")
	r.start(t, "w", plain(), plain(0))
	reply, err := r.delegate(r.take(t, "a"), false, plain())
	require.NoError(t, err)
	require.Nil(t, reply.next)
	sub := r.take(t, "a")
	reply, err = r.succeed(sub, `1`, passHand)
	require.NoError(t, err)
	require.Equal(t, int32(1), reply.next.no)
	r.requireJob(t, true, sub.job)
	_, err = r.succeed(&rigThread{worker: "a", job: sub.job, assignment: reply.next}, `2`, passHand)
	require.NoError(t, err)
	r.requireJob(t, false, sub.job)
	require.Equal(t, "SUCCESSFUL", r.status(t, "w"))
}

// What a stop interrupts is left to River.
func TestJobOfAStepThatWasStoppedIsLeft(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.register(t, "a", "f")
	r.start(t, "w", chain(2)...)
	held := r.take(t, "a")
	require.NoError(t, r.cancel("w"))
	reply, err := r.succeed(held, `1`, passHand)
	require.NoError(t, err)
	require.True(t, reply.stopped)
	r.requireJob(t, true, held.job)
}

// What a worker no longer holds isn't its to end: a neighbour in the batch still is.
func TestJobOfAStepThatWasLostIsLeft(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.register(t, "a", "f")
	r.start(t, "w", plain())
	r.start(t, "v", plain())
	lost, held := r.take(t, "a"), r.take(t, "a")
	released, err := r.release(lost)
	require.NoError(t, err)
	require.True(t, released)
	items := []*advanceItem{lost.item(`1`, passHand), held.item(`2`, passHand)}
	require.NoError(t, advance(r.ctx, r.db, advanceSQL, "a", items, true))
	require.True(t, items[0].reply.lost)
	r.requireJob(t, true, lost.job)
	r.requireJob(t, false, held.job)
	require.Equal(t, "w", r.take(t, "a").workflowID)
	r.requireSound(t)
}

// The answer of a checkpoint that ends a thread is lost, or its transaction is: what the
// thread gives back then is there no more, or still is.
func TestJobOfAThreadThatDoesNotKnow(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.register(t, "a", "f")
	r.start(t, "w", chain(3)...)
	h := r.take(t, "a")
	rolledBack, tx := r.begin(t)
	require.NoError(t, advance(r.ctx, rolledBack.db, advanceTxSQL, "a", []*advanceItem{h.item(`1`, passYield)}, true))
	require.NoError(t, tx.Rollback(r.ctx))
	r.requireJob(t, true, h.job)
	released, err := r.release(h)
	require.NoError(t, err)
	require.True(t, released)

	h = r.take(t, "a")
	require.Equal(t, int32(0), h.no)
	_, err = r.succeed(h, `1`, passYield)
	require.NoError(t, err)
	r.requireJob(t, false, h.job)
	released, err = r.release(h)
	require.NoError(t, err)
	require.True(t, released)
	r.requireSound(t)
	require.Equal(t, int32(1), r.take(t, "a").no)
}
