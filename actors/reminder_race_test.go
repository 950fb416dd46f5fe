package actors

import (
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// crowd creates n actors whose constructors have run.
func (r *rig) crowd(t *testing.T, n int) {
	t.Helper()
	var constructed []*commitItem
	for _, g := range r.createMany(t, "crowd", n) {
		constructed = append(constructed, &commitItem{
			actor: g.actor, epoch: g.epoch, answered: 1, state: json.RawMessage("0"), pass: passGoOn,
			answers: []answer{{seq: 1, attempt: 1, began: time.Now(), result: json.RawMessage("null")}},
		})
	}
	require.NoError(t, r.commitAll("a", constructed...))
}

// remindAll sets a reminder of every actor.
func (r *rig) remindAll(t *testing.T, rest string) {
	t.Helper()
	require.NoError(t, r.exec(`select count(weir.actor_remind(a.type, a.actor_id, 'r', 'm', '1', `+rest+`)) from weir.actors as a`))
}

// requireEachTickOnce sees that every actor got the calls of its ticks, each once.
func (r *rig) requireEachTickOnce(t *testing.T, actors, ticks int) {
	t.Helper()
	require.Equal(t, actors*ticks, scalar[int](t, r, `select count(tick)::int from weir.actor_calls`))
	require.Equal(t, actors*ticks, scalar[int](t, r, `select count(distinct (actor_id, tick))::int from weir.actor_calls where tick is not null`))
}

func TestTickThatAnotherProcessFiresIsLeftToIt(t *testing.T) {
	t.Parallel()
	r := ready(t)
	r.create(t, "a", "y")
	r.remindAll(t, `at => '2020-02-02T20:20:20Z', every => '10 hours'`)
	first, tx := r.begin(t)
	require.Equal(t, 1, scalar[int](t, first, `select fired from weir_internal.fire_timers(1)`))
	require.Equal(t, 1, r.fire(t), "the other actor's, without waiting for the first")
	require.Zero(t, r.fire(t))
	require.NoError(t, tx.Commit(r.ctx))
	require.Zero(t, r.fire(t))
	r.requireEachTickOnce(t, 2, 1)
}

func TestTickOfAProcessThatDiedWhileItFiredIsFiredByAnother(t *testing.T) {
	t.Parallel()
	r := ready(t)
	r.remind(t, `at => '2020-02-02T20:20:20Z'`)
	dead, tx := r.begin(t)
	require.Equal(t, 1, dead.fire(t))
	require.NoError(t, tx.Rollback(r.ctx))
	require.Equal(t, 1, r.fire(t))
	r.requireEachTickOnce(t, 1, 1)
}

func TestTickMeetsACallOfItsActor(t *testing.T) {
	t.Parallel()
	r := ready(t)
	r.remind(t, `at => '2020-02-02T20:20:20Z'`)
	caller, tx := r.begin(t)
	_, _, err := caller.call("", "x")
	require.NoError(t, err)
	require.Zero(t, r.fire(t), "it waits for nobody")
	require.NoError(t, tx.Commit(r.ctx))
	require.Equal(t, 1, r.fire(t))
	require.Len(t, r.fetched(t, "a").calls, 2)
}

func TestReminderIsForgottenWhileItIsFired(t *testing.T) {
	t.Parallel()
	for name, second := range map[string]string{
		"forgotten": `select weir.actor_forget('C', 'x', 'r')`,
		"replaced":  `select weir.actor_remind('C', 'x', 'r', 'm', at => now() + interval '1 hour')`,
		"deleted":   `select weir.actor_delete('C', 'x')`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := ready(t)
			r.remind(t, `at => '2020-02-02T20:20:20Z', every => '10 hours'`)
			require.NoError(t, r.waits(t, func(first *rig) { require.Equal(t, 1, first.fire(t)) }, func(r *rig) error { return r.exec(second) }))
			require.Zero(t, r.fire(t))
		})
	}
}

func TestManyProcessesFireEachTickOnce(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	const actors, processes, ticks = 300, 4, 7
	r.crowd(t, actors)
	r.remindAll(t, `at => now() - interval '5.5 hours', every => '1 hour', catch_up => 'all'`)
	require.NoError(t, r.exec(`select count(weir.actor_remind(type, actor_id, 'one', 'm', '1', now() - interval '5.5 hours', '1 hour')) from weir.actors`))
	var all sync.WaitGroup
	for range processes {
		all.Go(func() {
			for scalar[int](t, r, `select count(*)::int from weir.reminders where due <= now()`) > 0 {
				scalar[int](t, r, `select fired from weir_internal.fire_timers(20)`)
			}
		})
	}
	all.Wait()
	r.requireEachTickOnce(t, actors, ticks)
}

func TestTenThousandTicksAtOnceAreFiredInBoundedPasses(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	const actors = 10_000
	r.crowd(t, actors)
	r.remindAll(t, `at => '2020-02-02T20:20:20Z', every => '1000000 hours'`)
	began := time.Now()
	for range actors / 500 {
		require.Equal(t, 500, r.fire(t))
	}
	t.Logf("%d ticks were fired in %s", actors, time.Since(began))
	require.Zero(t, r.fire(t))
	r.requireEachTickOnce(t, actors, 1)
	require.Equal(t, actors, scalar[int](t, r, `select count(*)::int from weir_internal.river_job where state = 'available'`), "each actor has a job")
}
