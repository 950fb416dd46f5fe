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

// What a stop interrupts is River's to complete: a resume may have made a job of its own.
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
