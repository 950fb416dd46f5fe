package actors

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
)

func TestOfTwoCreatorsOneCreates(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	var first, second bool
	require.NoError(t, r.waits(t, func(r *rig) {
		_, first = r.create(t, "a", "x")
	}, func(r *rig) (err error) {
		_, second, err = r.start("b", "x")
		return err
	}))
	require.True(t, first)
	require.False(t, second)
	require.Equal(t, "SUCCESSFUL", r.calls(t, "x"))
}

func TestCallThatWaitsForACommitBeginsATurn(t *testing.T) {
	t.Parallel()
	r := ready(t)
	g := r.take(t, "a", "x")
	var next *grant
	require.NoError(t, r.waits(t, func(r *rig) {
		item, err := r.commit("a", g, "1", passGoOn, "1")
		require.NoError(t, err)
		require.Empty(t, item.next)
	}, func(r *rig) (err error) {
		_, next, err = r.call("b", "x")
		return err
	}))
	require.NotNil(t, next)
	require.Greater(t, next.epoch, g.epoch)
	require.Equal(t, "1", string(next.state))
	_, err := r.commit("b", next, "2", passGoOn, "2")
	require.NoError(t, err)
	require.Equal(t, "2", r.state(t, "x"))
}

func TestCommitThatWaitsForACallGetsIt(t *testing.T) {
	t.Parallel()
	r := ready(t)
	g := r.take(t, "a", "x")
	var item *commitItem
	require.NoError(t, r.waits(t, func(r *rig) {
		_, next, err := r.call("b", "x")
		require.NoError(t, err)
		require.Nil(t, next, "the turn is a's")
	}, func(r *rig) (err error) {
		item, err = r.commit("a", g, "1", passGoOn, "1")
		return err
	}))
	require.Len(t, item.next, 1)
	require.Equal(t, int64(3), item.next[0].seq)
	g.calls = item.next
	item, err := r.commit("a", g, "", passGoOn, "2")
	require.NoError(t, err)
	require.Empty(t, item.next)
	require.Equal(t, "SUCCESSFUL SUCCESSFUL SUCCESSFUL", r.calls(t, "x"))
	require.Equal(t, 2, scalar[int](t, r, `select version::int from weir.actors`), "an unchanged state is no version")
}

func TestCommitOfARetiredWorkerIsRefused(t *testing.T) {
	t.Parallel()
	r := ready(t)
	g := r.take(t, "a", "x")
	require.ErrorIs(t, r.waits(t, func(r *rig) {
		done, err := r.retire("a", true, 5)
		require.NoError(t, err)
		require.True(t, done)
	}, func(r *rig) error {
		_, err := r.commit("a", g, "1", passGoOn, "1")
		return err
	}), engine.ErrLost)
	again := r.fetched(t, "b")
	require.True(t, again.careful)
	require.Equal(t, "0", string(again.state))
	_, err := r.commit("b", again, "5", passGoOn, "5")
	require.NoError(t, err)
	require.Equal(t, 1, scalar[int](t, r, `select lost from weir.actor_calls where seq = 2`))
}

func TestRetireDoesNotOvertakeACommit(t *testing.T) {
	t.Parallel()
	r := ready(t)
	g := r.take(t, "a", "x")
	holder, tx := r.begin(t)
	_, err := holder.commit("a", g, "1", passGoOn, "1")
	require.NoError(t, err)
	done, err := r.retire("a", true, 5)
	require.NoError(t, err)
	require.False(t, done)
	require.NoError(t, tx.Commit(r.ctx))
	done, err = r.retire("a", true, 5)
	require.NoError(t, err)
	require.True(t, done)
	require.Equal(t, "1", r.state(t, "x"))
	require.Nil(t, r.fetch(t, "b"))
}

// A worker that stopped in the middle of a commit holds the actor: the sweep finds it by
// the gate, and ends its session.
func TestSweepEndsACommitThatIsHalfWay(t *testing.T) {
	t.Parallel()
	for name, pass := range map[string]pass{"alone": passGoOn, "in a batch": passYield} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := ready(t)
			g := r.take(t, "a", "x")
			half, _ := r.begin(t)
			_, err := half.commit("a", g, "1", pass, "1")
			require.NoError(t, err)
			require.NoError(t, r.exec(`update weir_internal.worker set beat_at = now() - interval '10 s', lease_until = now() - interval '1 s' where id = 'a'`))
			require.Eventually(t, func() bool {
				return slices.Contains(scalar[[]string](t, r, `select retired from weir_internal.worker_sweep(5)`), "a")
			}, promptly, time.Millisecond)
			require.Equal(t, int64(1), scalar[int64](t, r, `select answered from weir_internal.actor where id = $1`, g.actor))
			r.requireSound(t)
		})
	}
}

func TestRetirePassesOverALockedActor(t *testing.T) {
	t.Parallel()
	r := ready(t)
	r.create(t, "a", "y")
	r.take(t, "a", "x")
	r.take(t, "a", "y")
	holder, tx := r.begin(t)
	_, _, err := holder.call("", "x")
	require.NoError(t, err)
	done, err := r.retire("a", true, 5)
	require.NoError(t, err)
	require.False(t, done)
	require.NotNil(t, r.fetch(t, "b"), "what is not locked goes on")
	require.NoError(t, tx.Commit(r.ctx))
	done, err = r.retire("a", true, 5)
	require.NoError(t, err)
	require.True(t, done)
}

func TestCommitThatWaitsForADeletionWritesNothing(t *testing.T) {
	t.Parallel()
	r := ready(t)
	g := r.take(t, "a", "x")
	var item *commitItem
	require.NoError(t, r.waits(t, func(r *rig) {
		require.NoError(t, r.delete("x"))
		actor, created := r.create(t, "b", "x")
		require.True(t, created)
		require.NotEqual(t, g.actor, actor)
	}, func(r *rig) (err error) {
		item, err = r.commit("a", g, "1", passGoOn, "1")
		return err
	}))
	require.True(t, item.lost)
	require.Equal(t, "0", r.state(t, "x"))
}

func TestDeletionThatWaitsForACommitDeletesAll(t *testing.T) {
	t.Parallel()
	r := ready(t)
	g := r.take(t, "a", "x")
	require.NoError(t, r.waits(t, func(r *rig) {
		_, err := r.commit("a", g, "1", passYield, "1")
		require.NoError(t, err)
	}, func(r *rig) error { return r.delete("x") }))
	require.Equal(t, []int64{0, 0, 0}, scalar[[]int64](t, r, `
select array[(select count(*) from weir_internal.actor), (select count(*) from weir_internal.actor_call), (select count(*) from weir_internal.actor_turn)]`))
	require.ErrorIs(t, r.delete("x"), engine.ErrNotFound)
}

func TestSetStateTakesTheTurnAway(t *testing.T) {
	t.Parallel()
	r := ready(t)
	g := r.take(t, "a", "x")
	var item *commitItem
	require.NoError(t, r.waits(t, func(r *rig) {
		require.NoError(t, r.setState("x", "10", 1))
	}, func(r *rig) (err error) {
		item, err = r.commit("a", g, "1", passGoOn, "1")
		return err
	}))
	require.True(t, item.lost)
	again := r.fetched(t, "a")
	require.Equal(t, "10", string(again.state))
	_, err := r.commit("a", again, "11", passGoOn, "11")
	require.NoError(t, err)
	require.Equal(t, "0 10", scalar[string](t, r, `select concat_ws(' ', detail ->> 'before', detail ->> 'after') from weir.audit where target = 'C ''x''' and reason = 'a test'`))
}

func TestSetStateThatWaitsForACommitMeetsAnotherVersion(t *testing.T) {
	t.Parallel()
	r := ready(t)
	g := r.take(t, "a", "x")
	require.ErrorIs(t, r.waits(t, func(r *rig) {
		_, err := r.commit("a", g, "1", passGoOn, "1")
		require.NoError(t, err)
	}, func(r *rig) error { return r.setState("x", "10", 1) }), engine.ErrVersion)
	require.Equal(t, "1", r.state(t, "x"))
}

func TestUnknownActorHarmsNoNeighbour(t *testing.T) {
	t.Parallel()
	r := ready(t)
	batch := []*callItem{
		{key: key{"C", "no"}, method: "m", args: []byte("1"), claim: true},
		{key: key{"C", "x"}, method: "m", args: []byte("2"), claim: true},
		{key: key{"C", "no"}, method: "m", args: []byte("3"), claim: true},
		{key: key{"C", "x"}, method: "m", args: []byte("4"), claim: true},
	}
	granted, err := enqueue(r.ctx, r.db, named("a"), batch, true)
	require.NoError(t, err)
	require.Zero(t, batch[0].called.actor+batch[2].called.actor)
	g := granted[batch[1].called.actor]
	require.Len(t, g.calls, 2)
	require.Equal(t, "2 4", string(g.calls[0].args)+" "+string(g.calls[1].args))
	_, err = r.commit("a", g, "1", passGoOn, "1", "2")
	require.NoError(t, err)
	require.ErrorIs(t, r.exec(`select weir.actor_call('C', 'no', 'm')`), engine.ErrNotFound)
}

func TestCallsGoByRiverWhereTheCallerCannotRunThem(t *testing.T) {
	t.Parallel()
	r := ready(t)
	r.register(t, "other", "C")
	require.NoError(t, r.exec(`select weir_internal.worker_drain('b')`))
	for _, worker := range []string{"", "gone", "other", "b"} { // no worker, lost, of other functions, draining
		called, g, err := r.call(worker, "x")
		require.NoError(t, err, worker)
		require.NotZero(t, called.Seq)
		require.Nil(t, g, worker)
		g = r.fetched(t, "a")
		_, err = r.commit("a", g, "", passGoOn, "1")
		require.NoError(t, err)
	}
}

func TestYieldedTurnIsNobodysUntilItsJobComes(t *testing.T) {
	t.Parallel()
	r := ready(t)
	g := r.take(t, "a", "x")
	_, _, err := r.call("a", "x")
	require.NoError(t, err)
	item, err := r.commit("a", g, "1", passYield, "1")
	require.NoError(t, err)
	require.Empty(t, item.next)
	item, err = r.commit("a", g, "1", passGoOn, "1")
	require.NoError(t, err)
	require.True(t, item.lost)
	_, stolen, err := r.call("b", "x")
	require.NoError(t, err)
	require.Nil(t, stolen, "who calls now doesn't overtake")
	again := r.fetched(t, "b")
	require.Len(t, again.calls, 2)
	_, err = r.commit("b", again, "", passGoOn, "2", "3")
	require.NoError(t, err)
}

func TestTurnThatCameBackToItsWorkerIsAnotherOne(t *testing.T) {
	t.Parallel()
	r := ready(t)
	before := r.take(t, "a", "x")
	require.True(t, scalar[bool](t, r, `select weir_internal.release('a', array[null::bigint], array[$1::bigint])`, before.actor))
	g := r.fetched(t, "a")
	item, err := r.commit("a", before, "1", passGoOn, "1")
	require.NoError(t, err)
	require.True(t, item.lost)
	require.Equal(t, "0", r.state(t, "x"))
	_, err = r.commit("a", g, "2", passGoOn, "2")
	require.NoError(t, err)
}

func TestFailedCallIsTriedAgainAtItsPlace(t *testing.T) {
	t.Parallel()
	r := ready(t)
	_, g, err := r.callWith("a", "x", `{"retries": 1, "backoff_ms": 0}`)
	require.NoError(t, err)
	_, _, err = r.call("a", "x")
	require.NoError(t, err)
	item, err := r.fail("a", g, passRetry)
	require.NoError(t, err)
	require.Empty(t, item.next)
	require.Equal(t, "SUCCESSFUL QUEUED QUEUED", r.calls(t, "x"))
	again := r.fetched(t, "b")
	require.Equal(t, int32(1), again.calls[0].attempt)
	item, err = r.fail("b", again, passRetry)
	require.NoError(t, err)
	require.Len(t, item.next, 1, "the retries are over, and the actor goes on")
	again.calls = item.next
	_, err = r.commit("b", again, "1", passGoOn, "1")
	require.NoError(t, err)
	require.Equal(t, "SUCCESSFUL FAILED SUCCESSFUL", r.calls(t, "x"))
}

func TestBlockingCallStaysUntilAResume(t *testing.T) {
	t.Parallel()
	r := ready(t)
	called, g, err := r.callWith("a", "x", `{"block": true}`)
	require.NoError(t, err)
	_, err = r.fail("a", g, passGiveUp)
	require.NoError(t, err)
	require.Equal(t, "BLOCKED", r.status(t, "x"))
	require.Equal(t, "BLOCKED", scalar[string](t, r, `select status from weir_internal.actor_outcomes($1, $2)`, []int64{called.actor}, []int64{called.Seq}))
	_, behind, err := r.call("a", "x")
	require.NoError(t, err)
	require.Nil(t, behind)
	require.Nil(t, r.fetch(t, "a"))
	r.requireSound(t)
	require.Equal(t, "READY", scalar[string](t, r, `select weir.actor_resume('C', 'x')`))
	again := r.fetched(t, "b")
	require.Len(t, again.calls, 2)
	_, err = r.commit("b", again, "7", passGoOn, "6", "7")
	require.NoError(t, err)
	require.Equal(t, "READY", scalar[string](t, r, `select weir.actor_resume('C', 'x')`))
}

func TestFailedConstructorFailsWhatWaitsAndIsCalledAgain(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	g, _, err := r.start("a", "x")
	require.NoError(t, err)
	_, _, err = r.call("a", "x")
	require.NoError(t, err)
	_, err = r.fail("a", g, passGiveUp)
	require.NoError(t, err)
	require.Equal(t, "FAILED", r.status(t, "x"))
	require.Equal(t, "FAILED FAILED", r.calls(t, "x"))
	require.Equal(t, "broken", scalar[string](t, r, `select error ->> 'message' from weir.actor_calls where seq = 2`))
	r.requireSound(t)

	again := r.take(t, "b", "x")
	require.Len(t, again.calls, 2)
	require.Empty(t, again.calls[0].method)
	require.Equal(t, "0", string(again.calls[0].args), "with the arguments of the creation")
	_, err = r.commit("b", again, "1", passGoOn, "0", "1")
	require.NoError(t, err)
	require.Equal(t, "READY", r.status(t, "x"))
	require.Equal(t, "FAILED FAILED SUCCESSFUL SUCCESSFUL", r.calls(t, "x"))
}

func TestCallThatKillsItsWorkersIsGivenUp(t *testing.T) {
	t.Parallel()
	r := ready(t)
	r.take(t, "a", "x")
	_, _, err := r.call("a", "x")
	require.NoError(t, err)
	worker := "a"
	for i := range 3 {
		done, err := r.retire(worker, true, 3)
		require.NoError(t, err)
		require.True(t, done)
		worker = "w" + string(rune('0'+i))
		r.register(t, worker, "C", "C.m")
		require.NoError(t, r.exec(`update weir_internal.river_job set scheduled_at = now() where state = 'available'`))
		g := r.fetched(t, worker)
		require.True(t, g.careful)
		require.Len(t, g.calls, 2-i/2)
	}
	require.Equal(t, "SUCCESSFUL FAILED QUEUED", r.calls(t, "x"))
	require.Equal(t, "weir.lost", scalar[string](t, r, `select error ->> 'type' from weir.actor_calls where seq = 2`))
}

func TestFetchedJobOfADeadWorkerIsReplaced(t *testing.T) {
	t.Parallel()
	r := ready(t)
	_, _, err := r.call("", "x")
	require.NoError(t, err)
	token := r.fetch(t, "a")
	require.NotNil(t, token)
	require.Equal(t, 1, scalar[int](t, r, `select found from weir_internal.worker_reconcile('a', '{}', '-1 second')`))
	item := &claimItem{token: *token}
	require.NoError(t, claim(r.ctx, r.db, "a", []*claimItem{item}, true))
	require.Nil(t, item.grant, "the job was replaced")
	require.NotNil(t, r.fetch(t, "a"))
	done, err := r.retire("a", true, 5)
	require.NoError(t, err)
	require.True(t, done)
	g := r.fetched(t, "b")
	require.False(t, g.careful, "nothing was lost")
	require.Equal(t, "retired", scalar[string](t, r, `select metadata ->> 'weir' from weir_internal.river_job where id = $1`, token.Job))
}

func TestMendFindsTurnsWithoutAJob(t *testing.T) {
	t.Parallel()
	r := ready(t)
	_, _, err := r.call("", "x")
	require.NoError(t, err)
	require.NoError(t, r.exec(`delete from weir_internal.river_job`))
	require.Equal(t, 1, scalar[int](t, r, `select mended from weir_internal.queue_mend(0, 10)`))
	require.NotNil(t, r.fetched(t, "b"))
	require.Equal(t, 0, scalar[int](t, r, `select mended from weir_internal.queue_mend(0, 10)`))
}

func TestReconcileGivesBackWhatAWorkerDoesNotKnow(t *testing.T) {
	t.Parallel()
	r := ready(t)
	g := r.take(t, "a", "x")
	reconcile := func(actors, epochs []int64) []int64 {
		return scalar[[]int64](t, r, `select array(select weir_internal.actor_reconcile('a', $1, $2, '-1 second'))`, actors, epochs)
	}
	require.Empty(t, reconcile([]int64{g.actor}, []int64{g.epoch}))
	require.Empty(t, reconcile([]int64{}, []int64{}))
	require.Equal(t, []int64{g.epoch}, reconcile([]int64{g.actor}, []int64{g.epoch}), "it is no more")
	require.NotNil(t, r.fetched(t, "b"))
}

func TestReconcileSaysThatAnActorWasLocked(t *testing.T) {
	t.Parallel()
	r := ready(t)
	r.take(t, "a", "x")
	const lost = `select count(*) from weir_internal.actor_reconcile('a', '{}', '{}', '-1 second') as l where l is null`
	other, tx := r.begin(t)
	require.NoError(t, other.exec(`select from weir_internal.actor for no key update`))
	require.Equal(t, 1, scalar[int](t, r, lost))
	require.NoError(t, tx.Rollback(r.ctx))
	require.Equal(t, 0, scalar[int](t, r, lost))
	require.NotNil(t, r.fetched(t, "b"))
}

func TestReleaseGivesATurnBack(t *testing.T) {
	t.Parallel()
	r := ready(t)
	g := r.take(t, "a", "x")
	require.True(t, scalar[bool](t, r, `select weir_internal.release('a', array[null::bigint], array[$1::bigint])`, g.actor))
	item, err := r.commit("a", g, "1", passGoOn, "1")
	require.NoError(t, err)
	require.True(t, item.lost)
	require.False(t, r.fetched(t, "b").careful)
}

func TestBadInputIsRefusedInSQL(t *testing.T) {
	t.Parallel()
	r := ready(t)
	for _, sql := range []string{
		`select weir.actor_get_or_create(null, 'x')`, `select weir.actor_get_or_create('', 'x')`, `select weir.actor_get_or_create('a.b', 'x')`,
		`select weir.actor_get_or_create('C', E'a\nb')`, `select weir.actor_get_or_create('C', 'y', queue => '!')`,
		`select weir.actor_get_or_create('C', 'y', metadata => '[]')`, `select weir.actor_call('C', 'x', '')`,
		`select weir.actor_call('C', 'x', 'a.b')`, `select weir.actor_call('C', 'x', null)`,
		`select weir.actor_set_state('C', 'x', null, 1, 'why')`, `select weir.actor_set_state('C', 'x', '1', 1, '')`,
	} {
		require.ErrorIs(t, r.exec(sql), engine.ErrInput, sql)
	}
	for _, sql := range []string{
		`select weir.actor_result('C', 'x', 9)`, `select weir.actor_result('C', 'no', 1)`, `select weir.actor_delete('C', 'no')`,
		`select weir.actor_resume('C', 'no')`, `select weir.actor_set_state('C', 'no', '1', 1, 'why')`,
	} {
		require.ErrorIs(t, r.exec(sql), engine.ErrNotFound, sql)
	}
	require.ErrorIs(t, r.exec(`select weir.actor_set_state('C', 'x', '1', null, 'why')`), engine.ErrVersion)
}

func TestCheckFindsWhatNoConstraintKeepsOut(t *testing.T) {
	t.Parallel()
	for invariant, spoil := range map[string]string{
		"an actor has a state when its constructor has run": `update weir_internal.actor set state = null`,
		"an actor answers what it accepted":                 `update weir_internal.actor set answered = 7`,
		"a call has ended when it has an answer":            `update weir_internal.actor_call set status = 'QUEUED'`,
		"a turn has a live worker or a live job":            `insert into weir_internal.actor_turn (actor, epoch, since) select id, 1, now() from weir_internal.actor`,
	} {
		t.Run(invariant, func(t *testing.T) {
			t.Parallel()
			r := ready(t)
			tx, rollBack := r.begin(t)
			require.NoError(t, tx.exec(spoil))
			require.Contains(t, scalar[[]string](t, tx, `select array_agg(distinct c.invariant) from weir.check() as c`), invariant)
			require.NoError(t, rollBack.Rollback(t.Context()))
		})
	}
}
