package integration_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/sdk"
)

// requireTicksOnce sees that the ticks up to now are calls, without a gap, each once.
func (f *fleet) requireTicksOnce(t *testing.T) {
	t.Helper()
	require.Equal(t, []bool{true}, read[bool](t, f, `
select bool_and(c.made = r.calls and c.ticks = r.calls and r.due = r.at + r.calls * r.every)
from weir_internal.reminder as r
cross join lateral (
  select count(*), count(distinct c.tick)
  from weir_internal.actor_call as c
  where c.actor = r.actor
    and c.tick is not null
) as c (made, ticks)`))
}

// One is killed in the midst of a pass, which the server may still end; the next at
// any moment of many passes.
func TestTicksThatKilledProcessesFireBecomeCallsOnce(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.pastRestart(t)
	ctx, cancel := context.WithTimeout(t.Context(), 4*patience)
	defer cancel()
	first := f.worker(t, workerConfig{})
	var actors []sdk.ActorRef[tally]
	for _, id := range []string{"a", "b", "c"} {
		actors = append(actors, f.tally(t, id))
	}
	held, err := f.pool.Begin(ctx)
	require.NoError(t, err)
	defer func() { _ = held.Rollback(context.Background()) }()
	opts := sdk.RemindOpts{At: time.Now().Add(-20 * time.Minute), Every: time.Second, CatchUp: sdk.CatchUpAll}
	for _, actor := range actors {
		require.NoError(t, add.RemindTx(ctx, held, actor, task{Value: 1}, opts))
	}
	require.NoError(t, held.Commit(ctx))

	held, err = f.pool.Begin(ctx)
	require.NoError(t, err)
	_, err = held.Exec(ctx, `lock table weir_internal.reminder in share mode`)
	require.NoError(t, err)
	eventually[int](t, f, `
select l.pid
from pg_locks as l
join pg_database as d on d.oid = l.database
where d.datname = current_database()
  and l.relation = 'weir_internal.reminder'::regclass
  and not l.granted`)
	first.kill()
	require.NoError(t, held.Rollback(ctx))
	f.requireTicksOnce(t)

	second := f.worker(t, workerConfig{})
	fired := read[int64](t, f, `select sum(calls)::bigint from weir.reminders`)[0]
	eventually[bool](t, f, `select true from weir.reminders having sum(calls) > $1`, fired)
	second.kill()
	left := read[int64](t, f, `select count(*) from weir.reminders where due < now() - interval '1 minute'`)[0]
	t.Logf("the second was killed with %d reminders to catch up", left)
	f.requireTicksOnce(t)

	f.worker(t, workerConfig{})
	eventually[bool](t, f, `select true from weir.reminders having min(due) > now()`)
	f.requireTicksOnce(t)
	for _, actor := range actors {
		forgotten, err := actor.Forget(ctx, "add")
		require.NoError(t, err)
		require.True(t, forgotten)
		last, err := add.Run(ctx, actor, task{}) // behind all ticks
		require.NoError(t, err)
		ticks := read[int64](t, f, `select count(tick) from weir.actor_calls where actor_id = $1 and status = 'SUCCESSFUL'`, actor.ID())[0]
		require.Equal(t, ticks, int64(last), "each tick counts once")
		require.GreaterOrEqual(t, last, 1200)
	}
	f.check(t)
}
