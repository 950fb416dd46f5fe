package engine

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/queue"
)

// setupRace returns a rig with two workers that can run everything.
func setupRace(t *testing.T) *rig {
	t.Helper()
	r := setupRig(t)
	r.register(t, "a", "f", "g")
	r.register(t, "b", "f", "g")
	return r
}

// setupRunning returns a rig of which worker "a" runs the first step of "w", a chain
// of n.
func setupRunning(t *testing.T, n int) (*rig, *rigThread) {
	t.Helper()
	r := setupRace(t)
	r.start(t, "w", chain(n)...)
	return r, r.take(t, "a")
}

// meet makes two calls on two connections: second has to wait for a lock until
// first's transaction commits. It returns what both return; neither may fail.
func meet[A, B any](t *testing.T, r *rig, first func(*rig) (A, error), second func(*rig) (B, error)) (a A, b B) {
	t.Helper()
	err := r.waits(t, func(holder *rig) {
		var err error
		a, err = first(holder)
		require.NoError(t, err)
	}, true, func(other *rig) (err error) {
		b, err = second(other)
		return err
	})
	require.NoError(t, err)
	return a, b
}

// The calls that meet most often. The workflow is always "w".

func cancels(r *rig) (any, error)    { return nil, r.cancel("w") }
func resumes(r *rig) (Status, error) { return r.resume("w") }
func deletes(r *rig) (any, error)    { return nil, r.delete("w") }

func succeeds(h *rigThread, output string, p pass) func(*rig) (reply, error) {
	return func(r *rig) (reply, error) { return r.succeed(h, output, p) }
}

func delegates(h *rigThread, steps ...Step) func(*rig) (reply, error) {
	return func(r *rig) (reply, error) { return r.delegate(h, true, steps...) }
}

func claims(worker string, token *queue.Token) func(*rig) (reply, error) {
	return func(r *rig) (reply, error) {
		claimed, err := r.claim(worker, token)
		if err != nil {
			return reply{}, err
		}
		return claimed[0], nil
	}
}

// failure is what fail says of a step.
type failure struct {
	verdict string
	ended   bool
}

func fails(h *rigThread) func(*rig) (failure, error) {
	return func(r *rig) (failure, error) {
		verdict, ended, err := r.fail(h, "broken", true)
		return failure{verdict, ended}, err
	}
}

// fork is two steps and a third that waits for both.
func fork() []Step { return []Step{plain(), plain(), plain(0, 1)} }

func TestCancelWaitsForAnAdvanceAndThenStopsWhatItHandedOver(t *testing.T) {
	t.Parallel()
	for _, p := range []pass{passHand, passRun, passYield} {
		t.Run(string(p), func(t *testing.T) {
			t.Parallel()
			r, h := setupRunning(t, 3)
			first, _ := meet(t, r, succeeds(h, "1", p), cancels)
			require.Equal(t, []string{"succeeded", "halted", "halted"}, r.states(t, "w"))
			require.Nil(t, r.fetch(t, "b"))
			if p == passYield {
				return
			}
			reply, err := r.succeed(&rigThread{"a", h.job, first.next}, "2", passHand)
			require.NoError(t, err)
			require.True(t, reply.stopped)
			require.Nil(t, reply.next)
			require.Equal(t, []string{"succeeded", "succeeded", "halted"}, r.states(t, "w"))
		})
	}
}

func TestAdvanceWaitsForACancelAndKeepsOnlyItsCheckpoint(t *testing.T) {
	t.Parallel()
	for _, p := range []pass{passHand, passRun, passYield} {
		t.Run(string(p), func(t *testing.T) {
			t.Parallel()
			r, h := setupRunning(t, 2)
			_, reply := meet(t, r, cancels, succeeds(h, "1", p))
			require.True(t, reply.stopped)
			require.Nil(t, reply.next)
			require.Equal(t, []string{"succeeded", "halted"}, r.states(t, "w"))
			require.Nil(t, r.fetch(t, "b"))
		})
	}
}

func TestAdvanceGoesOnWhenTheCancelIsTakenBack(t *testing.T) {
	t.Parallel()
	r, h := setupRunning(t, 2)
	var reply reply
	err := r.waits(t, func(first *rig) { require.NoError(t, first.cancel("w")) }, false, func(second *rig) (err error) {
		reply, err = second.succeed(h, "1", passHand)
		return err
	})
	require.NoError(t, err)
	require.NotNil(t, reply.next)
	require.Equal(t, []string{"succeeded", "running"}, r.states(t, "w"))
}

func TestAdvanceOfASiblingWaitsForAFailureAndStartsNothing(t *testing.T) {
	t.Parallel()
	r := setupRace(t)
	r.start(t, "w", fork()...)
	failing, sibling := r.take(t, "a"), r.take(t, "b")
	failed, reply := meet(t, r, fails(failing), succeeds(sibling, "2", passHand))
	require.Equal(t, failure{"failed", true}, failed)
	require.True(t, reply.stopped)
	require.Equal(t, []string{"failed", "succeeded", "halted"}, r.states(t, "w"))
	require.Equal(t, "FAILED", r.status(t, "w"))
}

func TestFailureWaitsForTheAdvanceOfASibling(t *testing.T) {
	t.Parallel()
	r := setupRace(t)
	r.start(t, "w", append(fork(), plain(2))...)
	failing, sibling := r.take(t, "a"), r.take(t, "b")
	meet(t, r, succeeds(sibling, "2", passHand), fails(failing))
	require.Equal(t, []string{"failed", "succeeded", "halted", "halted"}, r.states(t, "w"))
}

func TestSweepComesAgainWhileACallOfTheWorkerIsUnderWay(t *testing.T) {
	t.Parallel()
	r, h := setupRunning(t, 2)
	r.passes(t, func(first *rig) {
		reply, err := first.succeed(h, "1", passHand)
		require.NoError(t, err)
		require.NotNil(t, reply.next)
	}, func(second *rig) {
		done, err := second.retire("a", true, 5)
		require.NoError(t, err)
		require.False(t, done)
	})
	done, err := r.retire("a", true, 5)
	require.NoError(t, err)
	require.True(t, done)
	require.Equal(t, []string{"succeeded", "ready"}, r.states(t, "w"))
	require.JSONEq(t, "1", string(r.take(t, "b").inputs.outputs[0]))
}

func TestEveryWriteOfARetiredWorkerWaitsForTheSweepAndIsRefused(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func(*rig, *rigThread) error{
		"advance": func(r *rig, h *rigThread) error { _, err := r.succeed(h, "1", passHand); return err },
		"run":     func(r *rig, h *rigThread) error { _, err := r.succeed(h, "1", passRun); return err },
		"fail":    func(r *rig, h *rigThread) error { _, _, err := r.fail(h, "x", false); return err },
		"grow":    func(r *rig, h *rigThread) error { _, err := r.delegate(h, true, plain()); return err },
		"release": func(r *rig, h *rigThread) error { _, err := r.release(h); return err },
		"beat": func(r *rig, _ *rigThread) error {
			rows, _ := r.db.Query(r.ctx, `select weir_internal.worker_beat('a', '5 s', '{}', '{}', '{}', '{}', '{}', '{}')`)
			rows.Close()
			return FromDatabase(rows.Err())
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, h := setupRunning(t, 2)
			err := r.waits(t, func(first *rig) {
				done, err := first.retire("a", true, 5)
				require.NoError(t, err)
				require.True(t, done)
			}, true, func(second *rig) error { return write(second, h) })
			require.ErrorIs(t, err, ErrLost)
			require.Equal(t, []string{"ready", "waiting"}, r.states(t, "w"))
			require.Equal(t, 1, scalar[int](t, r, `select count(*)::int from weir.attempts where lost`))
			require.Equal(t, int32(2), r.take(t, "b").attempt)
		})
	}
}

func TestSecondStartOfAnIDWaitsForTheFirst(t *testing.T) {
	t.Parallel()
	for name, commit := range map[string]bool{"and attaches": true, "and takes its place": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := setupRace(t)
			var started Started
			err := r.waits(t, func(first *rig) {
				require.True(t, first.start(t, "w", chain(2)...).Created)
			}, commit, func(second *rig) error {
				started = second.start(t, "w", chain(3)...)
				return nil
			})
			require.NoError(t, err)
			require.Equal(t, !commit, started.Created)
			require.Equal(t, !commit, started.SameGraph)
			require.Equal(t, StatusRunning, started.Status)
			if commit {
				require.Len(t, r.states(t, "w"), 2)
			} else {
				require.Len(t, r.states(t, "w"), 3)
			}
			require.Equal(t, 1, scalar[int](t, r, `select count(*)::int from weir_internal.river_job`))
		})
	}
}

func TestCancelWaitsForAClaimAndStopsIt(t *testing.T) {
	t.Parallel()
	r := setupRace(t)
	r.start(t, "w", chain(2)...)
	token := r.fetch(t, "a")
	claimed, _ := meet(t, r, claims("a", token), cancels)
	require.Equal(t, []string{"halted", "halted"}, r.states(t, "w"))
	reply, err := r.succeed(&rigThread{"a", token.Job, claimed.next}, "1", passRun)
	require.NoError(t, err)
	require.True(t, reply.stopped)
}

func TestClaimWaitsForACancelAndGetsNothing(t *testing.T) {
	t.Parallel()
	r := setupRace(t)
	r.start(t, "w", chain(2)...)
	_, claimed := meet(t, r, cancels, claims("a", r.fetch(t, "a")))
	require.Nil(t, claimed.next)
}

func TestZombieWaitsForAResumeAndIsLost(t *testing.T) {
	t.Parallel()
	for _, p := range []pass{passHand, passRun} {
		t.Run(string(p), func(t *testing.T) {
			t.Parallel()
			r, h := setupRunning(t, 2)
			require.NoError(t, r.cancel("w"))
			status, reply := meet(t, r, resumes, succeeds(h, "1", p))
			require.Equal(t, StatusRunning, status)
			require.True(t, reply.lost)
			require.Equal(t, []string{"ready", "waiting"}, r.states(t, "w"))
			verdict, _, err := r.fail(h, "late", true)
			require.NoError(t, err)
			require.Equal(t, "lost", verdict)
			require.Zero(t, scalar[int](t, r, `select count(*)::int from weir.attempts`))
		})
	}
}

func TestResumeWaitsForALateCheckpointAndBuildsOnIt(t *testing.T) {
	t.Parallel()
	for _, p := range []pass{passHand, passRun, passYield} {
		t.Run(string(p), func(t *testing.T) {
			t.Parallel()
			r, h := setupRunning(t, 2)
			require.NoError(t, r.cancel("w"))
			reply, _ := meet(t, r, succeeds(h, "1", p), resumes)
			require.True(t, reply.stopped)
			require.Equal(t, []string{"succeeded", "ready"}, r.states(t, "w"))
			require.JSONEq(t, "1", string(r.take(t, "b").inputs.outputs[0]))
		})
	}
}

func TestCancelWaitsForADelegateAndStopsTheSubGraph(t *testing.T) {
	t.Parallel()
	r, h := setupRunning(t, 2)
	reply, _ := meet(t, r, delegates(h, fork()...), cancels)
	require.NotNil(t, reply.next)
	require.Equal(t, []string{"halted", "halted", "halted", "halted", "halted"}, r.states(t, "w"))
	require.Nil(t, r.fetch(t, "b"))
}

func TestDelegateWaitsForACancelAndStoresNothing(t *testing.T) {
	t.Parallel()
	r, h := setupRunning(t, 2)
	_, reply := meet(t, r, cancels, delegates(h, fork()...))
	require.True(t, reply.stopped)
	require.Equal(t, []string{"halted", "halted"}, r.states(t, "w"))
}

// retrying returns a workflow whose first step waits for a retry that is due.
func (r *rig) retrying(t *testing.T) {
	t.Helper()
	steps := chain(2)
	steps[0].Policy.NoDelay = true
	r.start(t, "w", steps...)
	verdict, _, err := r.fail(r.take(t, "a"), "again", false)
	require.NoError(t, err)
	require.Equal(t, "retry", verdict)
}

func TestTimersLeaveAWorkflowThatIsBeingCancelled(t *testing.T) {
	t.Parallel()
	r := setupRace(t)
	r.retrying(t)
	r.passes(t,
		func(first *rig) { require.NoError(t, first.cancel("w")) },
		func(second *rig) { require.Zero(t, second.fireTimers(t)) },
	)
	require.Zero(t, r.fireTimers(t))
	require.Equal(t, []string{"halted", "halted"}, r.states(t, "w"))
}

func TestCancelWaitsForTimersAndStopsWhatTheyWoke(t *testing.T) {
	t.Parallel()
	r := setupRace(t)
	r.retrying(t)
	fired, _ := meet(t, r, func(first *rig) (int, error) { return first.fireTimers(t), nil }, cancels)
	require.Equal(t, 1, fired)
	require.Equal(t, []string{"halted", "halted"}, r.states(t, "w"))
	require.Nil(t, r.fetch(t, "b"))
}

func TestLateAdvanceWaitsForADeleteAndIsLost(t *testing.T) {
	t.Parallel()
	for _, p := range []pass{passHand, passRun} {
		t.Run(string(p), func(t *testing.T) {
			t.Parallel()
			r, h := setupRunning(t, 2)
			require.NoError(t, r.cancel("w"))
			_, reply := meet(t, r, deletes, succeeds(h, "1", p))
			require.True(t, reply.lost)
		})
	}
}

func TestDeleteWaitsForALateAdvanceAndRemovesItsCheckpointToo(t *testing.T) {
	t.Parallel()
	for _, p := range []pass{passHand, passRun} {
		t.Run(string(p), func(t *testing.T) {
			t.Parallel()
			r, h := setupRunning(t, 2)
			require.NoError(t, r.cancel("w"))
			meet(t, r, succeeds(h, "1", p), deletes)
			require.Zero(t, scalar[int](t, r, `select count(*)::int from weir_internal.step`))
			require.True(t, r.start(t, "w", plain()).Created)
		})
	}
}

func TestTwoAdvancesAtOneJoinLetItStartOnce(t *testing.T) {
	t.Parallel()
	r := setupRace(t)
	r.start(t, "w", fork()...)
	one, two := r.take(t, "a"), r.take(t, "b")
	first, last := meet(t, r, succeeds(one, "1", passHand), succeeds(two, "2", passHand))
	require.Nil(t, first.next)
	require.NotNil(t, last.next)
	require.Len(t, last.next.inputs.outputs, 2)
	require.Equal(t, []string{"succeeded", "succeeded", "running"}, r.states(t, "w"))
	require.Nil(t, r.fetch(t, "a"))
}

func TestReleaseComesAgainForACheckpointThatWasUnderWay(t *testing.T) {
	t.Parallel()
	r, h := setupRunning(t, 3)
	_, released := meet(t, r, succeeds(h, "1", passRun), func(second *rig) (bool, error) { return second.release(h) })
	require.False(t, released)
	released, err := r.release(h)
	require.NoError(t, err)
	require.True(t, released)
	require.Equal(t, []string{"succeeded", "ready", "waiting"}, r.states(t, "w"))
	require.Equal(t, int32(1), r.take(t, "b").no)
}

func TestBeatDoesNotWaitForALockedStep(t *testing.T) {
	t.Parallel()
	r, h := setupRunning(t, 2)
	reply, err := r.succeed(h, "1", passRun)
	require.NoError(t, err)
	r.passes(t,
		func(first *rig) { require.NoError(t, first.cancel("w")) },
		func(second *rig) {
			second.exec(t, `select weir_internal.worker_beat('a', '5 s', array[$1::bigint], '{1}', array[$2::integer], array[$3::bigint], '{1}', '{1}')`,
				h.workflow, reply.next.epoch, h.job)
		},
	)
	require.Equal(t, []string{"succeeded", "halted"}, r.states(t, "w"))
}
