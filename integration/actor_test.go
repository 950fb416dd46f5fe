package integration_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/sdk"
)

// tally creates an actor whose constructor has run.
func (f *fleet) tally(t *testing.T, id string) sdk.ActorRef[tally] {
	t.Helper()
	actor, err := tallies.GetOrCreate(t.Context(), f.client, id, 0)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	require.NoError(t, actor.Ready(ctx))
	return actor
}

// calls starts calls of an actor.
func calls(t *testing.T, method sdk.Method[tally, task, int], actor sdk.ActorRef[tally], tasks ...task) (handles []sdk.CallHandle[int]) {
	t.Helper()
	for _, do := range tasks {
		handle, err := method.Start(t.Context(), actor, do)
		require.NoError(t, err)
		handles = append(handles, handle)
	}
	return handles
}

// answers waits for the results of calls.
func answers(t *testing.T, handles []sdk.CallHandle[int]) (results []int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for _, handle := range handles {
		got, err := handle.Wait(ctx)
		require.NoError(t, err)
		results = append(results, got)
	}
	return results
}

// relayed has a call of an actor made by a worker process.
func (f *fleet) relayed(t *testing.T, id string, do task) {
	t.Helper()
	handle, err := sdk.Start(t.Context(), f.client, relay.Call(id, do), sdk.StartOpts{})
	require.NoError(t, err)
	wait(t, handle)
}

// actorStory is all that the database tells of the actors, in one text.
func (f *fleet) actorStory(t *testing.T) string {
	t.Helper()
	return read[string](t, f, `
select jsonb_pretty(jsonb_build_object(
  'actors', (select jsonb_agg(a order by a.id) from weir_internal.actor as a),
  'calls', (select jsonb_agg(c order by c.actor, c.seq) from weir_internal.actor_call as c),
  'turns', (select jsonb_agg(t order by t.actor) from weir_internal.actor_turn as t),
  'wrote', (select jsonb_agg(w order by w.workflow, w.step, w.attempt) from public.wrote as w)
))`)[0]
}

func TestActorsOfAKilledWorkerGoOnElsewhereWithinTwoSeconds(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.pastRestart(t)
	victim := f.worker(t, workerConfig{})
	fetched, called, tx := f.tally(t, "fetched"), f.tally(t, "called"), f.tally(t, "tx")
	held := task{Value: 1, Gate: "never"}
	handles := calls(t, add, fetched, held, task{Value: 10})
	f.relayed(t, "called", held)
	handles = append(handles, calls(t, add, called, task{Value: 10})...)
	handles = append(handles, calls(t, addTx, tx, held, task{Value: 10})...)
	f.await(t, 3, is(waits))
	require.Equal(t, int64(1), read[int64](t, f, "select count(*) from weir_internal.actor_turn where job is null")[0], "one has no job")
	f.worker(t, workerConfig{})

	killed := time.Now()
	victim.kill()
	first, last := span(killed, f.await(t, 3, attempt(2, is(began))))
	t.Logf("calls of a killed worker began elsewhere %s to %s after kill -9", first, last)
	require.Less(t, last, bound(2*time.Second))

	require.Equal(t, []int{1, 11, 11, 1, 11}, answers(t, handles))
	require.Equal(t, []int64{11, 11, 11}, read[int64](t, f, "select (state ->> 'Total')::bigint from weir.actors order by actor_id"))
	require.Empty(t, read[int](t, f, "select pid from public.wrote where pid = $1", victim.pid()))
	require.Equal(t, int64(3), read[int64](t, f, "select sum(lost) from weir.actor_calls")[0])
	f.check(t)
}

// A query that runs while its worker dies is run by another one; calls of the actor go on meanwhile.
func TestQueriesOfAKilledWorkerAreRunElsewhere(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.pastRestart(t)
	victim := f.worker(t, workerConfig{})
	actor := f.tally(t, "x")
	require.Equal(t, []int{5}, answers(t, calls(t, add, actor, task{Value: 5})))

	type answer struct {
		total int
		err   error
	}
	asked := make(chan answer, 1)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	go func() {
		got, err := total.Run(ctx, actor, gated{Gate: "never", PID: victim.pid()})
		asked <- answer{got, err}
	}()
	f.await(t, 1, at("", total.Name, is(began)))
	require.Equal(t, []int{6}, answers(t, calls(t, add, actor, task{Value: 1})))
	f.worker(t, workerConfig{})

	killed := time.Now()
	victim.kill()
	require.Equal(t, answer{total: 6}, <-asked)
	t.Logf("the query of a killed worker was answered elsewhere %s after kill -9", time.Since(killed))
	require.Less(t, time.Since(killed), bound(3*time.Second))
	f.check(t)
}

// The zombie's methods don't hear that they are over, and end after others have
// answered their calls.
func TestAPausedWorkerCommitsNothingOfItsActors(t *testing.T) {
	t.Parallel()
	f := setup(t)
	zombie := f.worker(t, workerConfig{})
	fetched, tx := f.tally(t, "fetched"), f.tally(t, "tx")
	f.tally(t, "called")
	deaf := task{Value: 1, Gate: "late", Deaf: true}
	handles := append(calls(t, add, fetched, deaf, task{Value: 10}), calls(t, addTx, tx, deaf, task{Value: 10})...)
	f.relayed(t, "called", deaf)
	f.await(t, 3, is(waits))
	first := f.workerID(t, zombie)
	f.worker(t, workerConfig{})

	zombie.pause(t)
	require.Equal(t, []int{1, 11, 1, 11}, answers(t, handles))
	eventually[bool](t, f, "select true from weir.actors where actor_id = 'called' and waiting = 0")
	eventually[bool](t, f, "select true from weir_internal.actor_turn having count(*) = 0")
	before := f.actorStory(t)
	zombie.open(t, "late")
	zombie.resume(t)

	f.await(t, 3, by(zombie, is(ended)))
	f.awaitNewID(t, zombie, first)
	zombie.stop(t) // and nothing of it is left that could write
	require.Equal(t, before, f.actorStory(t))
	require.Empty(t, read[int](t, f, "select pid from public.wrote where pid = $1", zombie.pid()))
	f.check(t)
}

func TestActorsOfAStoppedWorkerGoOnAtOnce(t *testing.T) {
	t.Parallel()
	f := setup(t)
	leaver := f.worker(t, workerConfig{SoftStop: 50 * time.Millisecond})
	f.tally(t, "x")
	f.relayed(t, "x", task{Value: 1, Gate: "never"})
	f.await(t, 1, is(waits))
	next := f.worker(t, workerConfig{})
	leaver.terminate(t)
	given := f.await(t, 1, by(leaver, is(cancelled)))[0]
	again := f.await(t, 2, is(began))
	took := again[1].At.Sub(given.At)
	t.Logf("it went on %s after it was given back", took)
	require.Less(t, took, bound(300*time.Millisecond))
	leaver.awaitLeave(t)
	next.open(t, "never")
	eventually[bool](t, f, "select true from weir.actors where (state ->> 'Total')::int = 1")
	f.check(t)
}

// An innocent call that ran before it in the same turn is not given up with it.
func TestCallThatKillsItsWorkersIsGivenUpAlone(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.pastRestart(t)
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
	defer cancel()
	actor, err := tallies.GetOrCreate(ctx, f.client, "x", 0)
	require.NoError(t, err)
	innocent := calls(t, add, actor, task{Value: 1}, task{Value: 1})
	guilty := calls(t, add, actor, task{Exit: true})[0]
	innocent = append(innocent, calls(t, add, actor, task{Value: 1})...)
	given := make(chan error, 1)
	go func() {
		_, err := guilty.Wait(ctx)
		given <- err
	}()
	for waiting := true; waiting; {
		p := f.launch(t, workerConfig{})
		select {
		case <-p.exited:
		case err := <-given:
			require.ErrorIs(t, err, sdk.ErrLost)
			waiting = false
		}
	}
	require.Equal(t, []int{1, 2, 3}, answers(t, innocent))
	f.check(t)
}
