package engine

import (
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// blocked is a row of weir.blocked for a step of "w". Until and since are only
// known to be there.
type blocked struct {
	Step, State, Reason, Detail string
	Until                       bool
}

func (r *rig) blocked(t require.TestingT) []blocked {
	rows, _ := r.db.Query(r.ctx, `
select b.step, b.state, b.reason, coalesce(b.detail, ''), b.until is not null
from weir.blocked as b
join weir.steps as s on s.workflow_id = b.workflow_id and s.name = b.step
where b.workflow_id = 'w'
order by s.no`)
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[blocked])
	require.NoError(t, err)
	return found
}

func (r *rig) requireBlocked(t require.TestingT, want ...blocked) {
	require.ElementsMatch(t, want, r.blocked(t))
	require.Zero(t, scalar[int](t, r, `select count(*)::int from weir.blocked where since is null or since > weir_internal.clock()`))
}

func busy(step string) blocked {
	return blocked{step, "ready", "all workers of its queue are busy or about to take it", "", false}
}

func TestStepsWaitForThoseBeforeThem(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.register(t, "a", "f")
	r.start(t, "w", plain(), plain(), plain(), plain(), plain(), plain(0, 1, 2, 3, 4))
	waits := func(detail string) blocked { return blocked{"s_5", "waiting", "waits for steps", detail, false} }
	r.requireBlocked(t, busy("s"), busy("s_1"), busy("s_2"), busy("s_3"), busy("s_4"), waits("s, s_1, s_2 and 2 more"))

	for _, detail := range []string{"s_1, s_2, s_3 and 1 more", "s_2, s_3, s_4", "s_3, s_4", "s_4"} {
		_, err := r.succeed(r.take(t, "a"), `1`, passYield)
		require.NoError(t, err)
		found := r.blocked(t)
		require.Equal(t, waits(detail), found[len(found)-1])
	}
	h := r.take(t, "a")
	r.requireBlocked(t, waits("s_4"))
	_, err := r.succeed(h, `1`, passHand)
	require.NoError(t, err)
	r.requireBlocked(t)
}

// A follower that a worker holds says `waiting` while it is run.
func TestStepThatIsRunIsNotBlocked(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.register(t, "a", "f")
	r.start(t, "w", chain(4)...)
	h := r.take(t, "a")
	_, err := r.succeed(h, `1`, passRun)
	require.NoError(t, err)
	require.Equal(t, []string{"succeeded", "waiting", "waiting", "waiting"}, r.states(t, "w"))
	r.requireBlocked(t,
		blocked{"s_2", "waiting", "waits for steps", "s_1", false},
		blocked{"s_3", "waiting", "waits for steps", "s_2", false},
	)
}

func TestStepThatALostWorkerHasLeftToAResumeIsBlocked(t *testing.T) {
	t.Parallel()
	r := setupManual(t)
	r.start(t, "w", append(chain(3), plain(), plain(2, 3))...)
	held, _ := r.take(t, "m"), r.take(t, "m")
	_, err := r.succeed(held, `1`, passRun)
	require.NoError(t, err)
	waits := blocked{"s_2", "waiting", "waits for steps", "s_1", false}
	last := blocked{"s_4", "waiting", "waits for steps", "s_2, s_3", false}
	r.requireBlocked(t, waits, last)

	r.die(t, "m")
	r.register(t, "a", "f")
	lost := func(step string) blocked {
		return blocked{step, "ready", "its worker is lost", "until it is resumed", false}
	}
	r.requireBlocked(t, lost("s_1"), waits, lost("s_3"), last)
	require.Zero(t, scalar[int](t, r, `select ready::int from weir.queues`))
	_, err = r.resume("w")
	require.NoError(t, err)
	r.requireBlocked(t, busy("s_1"), waits, busy("s_3"), last)
	require.Equal(t, 2, scalar[int](t, r, `select ready::int from weir.queues`))
}

func TestStepOfAWorkerWhoseLeaseIsOverIsBlocked(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.register(t, "a", "f")
	r.start(t, "w", plain())
	r.take(t, "a")
	r.requireBlocked(t)
	r.later(t, 2*time.Hour, func(r *rig) {
		r.requireBlocked(t, blocked{"s", "running", "its worker is lost", "a on host", false})
	})
}

func TestReadyStepLacksAWorkerThatCouldTakeIt(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	elsewhere := plain()
	elsewhere.Queue = "slow"
	r.start(t, "w", plain(), elsewhere, plain(0, 1))
	unknown := func(step string) blocked {
		return blocked{step, "ready", "no live worker knows the function", "", false}
	}
	unserved := blocked{"s_1", "ready", "no live worker serves the queue", "", false}
	waits := blocked{"s_2", "waiting", "waits for steps", "s, s_1", false}
	r.requireBlocked(t, unknown("s"), unknown("s_1"), waits)
	r.register(t, "a", "g")
	r.requireBlocked(t, unknown("s"), unknown("s_1"), waits)
	r.register(t, "b", "f", "g")
	r.requireBlocked(t, busy("s"), unserved, waits)
	r.exec(t, `select weir_internal.worker_register('c', 'host', 1, '', '{g}', '{slow}', '1 hour', true)`)
	r.requireBlocked(t, busy("s"), unserved, waits)
	r.exec(t, `select weir_internal.worker_register('d', 'host', 1, '', '{f}', '{slow}', '1 hour', true)`)
	r.requireBlocked(t, busy("s"), busy("s_1"), waits)
	for _, leaving := range []string{"b", "d"} {
		r.exec(t, `select weir_internal.worker_drain($1)`, leaving)
	}
	r.requireBlocked(t, unknown("s"), unknown("s_1"), waits)
}

func TestFailedStepWaitsToBeRetried(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.register(t, "a", "f")
	step := plain()
	step.Policy.NoDelay = true
	r.start(t, "w", step)
	for _, message := range []string{"first", "second"} {
		verdict, _, err := r.fail(r.take(t, "a"), message, false)
		require.NoError(t, err)
		require.Equal(t, "retry", verdict)
		r.requireBlocked(t, blocked{"s", "scheduled", "will be retried", "test: " + message, true})
		r.fireTimers(t)
	}
	r.requireBlocked(t, busy("s"))
}

func TestStepThatWasLostTwiceComesBackAfterATime(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.start(t, "w", plain())
	for i := range 2 {
		worker := fmt.Sprint("x", i)
		r.register(t, worker, "f")
		r.take(t, worker)
		_, err := r.retire(worker, true, 5)
		require.NoError(t, err)
	}
	r.exec(t, `update weir_internal.river_job set scheduled_at = clock_timestamp() + interval '1 hour' where state = 'available'`)
	r.requireBlocked(t, blocked{"s", "ready", "no live worker knows the function", "", true})
	r.register(t, "a", "f")
	r.requireBlocked(t, blocked{"s", "ready", "will be retried", "", true})
}

func TestStepWaitsForATimeOrAnEvent(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	sleep := Step{Name: "sleep", Function: FunctionSleep, Args: []Arg{{Value: []byte(`{"seconds": 3600}`)}}}
	patient := expects("paid")
	patient.Name = "patient"
	r.start(t, "w", sleep, expectsFor("k", time.Hour, 0), patient, expectsFor("k", time.Hour), plain(0, 1, 2, 3))
	r.requireBlocked(t,
		blocked{"sleep", "scheduled", "sleeps", "", true},
		blocked{"event", "waiting", "waits for steps", "sleep", false},
		blocked{"patient", "parked", "waits for an event", "paid", false},
		blocked{"event_1", "parked", "waits for an event", "k", true},
		blocked{"s", "waiting", "waits for steps", "sleep, event, patient and 1 more", false},
	)
}

func TestStepWaitsForSomeOfMany(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.register(t, "a", "f")
	r.start(t, "w", plain(), plain(), plain(), plain(), plain(), some(3, 0, output(0), output(1), output(2), output(3), output(4)))
	waits := func(detail string) blocked {
		return blocked{"some", "waiting", "waits for some of its steps", detail, false}
	}
	found := r.blocked(t)
	require.Equal(t, waits("3 of s, s_1, s_2 and 2 more"), found[len(found)-1])
	for _, detail := range []string{"2 of s_1, s_2, s_3 and 1 more", "1 of s_2, s_3, s_4"} {
		_, err := r.succeed(r.take(t, "a"), `1`, passYield)
		require.NoError(t, err)
		found := r.blocked(t)
		require.Equal(t, waits(detail), found[len(found)-1])
	}
	_, err := r.succeed(r.take(t, "a"), `1`, passYield)
	require.NoError(t, err)
	found = r.blocked(t)
	require.Equal(t, blocked{"some", "scheduled", "waits for some of its steps", "", true}, found[len(found)-1])
}

func TestStepWaitsForTheGraphThatItReturned(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.register(t, "a", "f")
	r.start(t, "w", plain())
	_, err := r.delegate(r.take(t, "a"), true, plain(), plain(), plain(0, 1))
	require.NoError(t, err)
	r.requireBlocked(t,
		blocked{"s", "delegated", "waits for its sub-graph", "s_3", false},
		busy("s_2"),
		blocked{"s_3", "waiting", "waits for steps", "s_1, s_2", false},
	)
}

func TestStepBelowACaughtFailureIsGivenUp(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.register(t, "a", "f")
	r.start(t, "w", plain(), takes(tried(0)), plain(1))
	h := r.take(t, "a")
	reply, err := r.delegate(h, true, plain(), plain(0), plain(1))
	require.NoError(t, err)
	_, _, err = r.fail(&rigThread{"a", h.job, reply.next}, "no", true)
	require.NoError(t, err)
	given := func(step string) blocked { return blocked{step, "halted", "given up", "s", false} }
	r.requireBlocked(t, busy("takes"), blocked{"s_1", "waiting", "waits for steps", "takes", false}, given("s_3"), given("s_4"))
}

func TestStepsOfAStoppedWorkflowAreBlocked(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.register(t, "a", "f")
	r.start(t, "w", chain(2)...)
	stopped := func(step, detail string) blocked { return blocked{step, "halted", "workflow stopped", detail, false} }
	require.NoError(t, r.cancel("w"))
	r.requireBlocked(t, stopped("s", "canceled"), stopped("s_1", "canceled"))
	_, err := r.resume("w")
	require.NoError(t, err)
	r.exec(t, `select weir.cancel('w', 'enough')`)
	r.requireBlocked(t, stopped("s", "canceled: enough"), stopped("s_1", "canceled: enough"))

	_, err = r.resume("w")
	require.NoError(t, err)
	_, _, err = r.fail(r.take(t, "a"), "no", true)
	require.NoError(t, err)
	r.requireBlocked(t, stopped("s_1", "s failed: no"))
}

func TestStepsOfAPendingWorkflowAreBehindItsLimits(t *testing.T) {
	t.Parallel()
	r := setupLimit(t, 1, nil)
	r.limit(t, "queue", "default", new(1), nil)
	r.startAll(t, "first", "w")
	behind := func(detail string) blocked { return blocked{"s", "halted", "behind a limit", detail, false} }
	r.requireBlocked(t, behind("name n: at most 1 and queue default: at most 1"))
	r.limit(t, "name", "n", new(2), nil)
	r.requireBlocked(t, behind("name n: at most 2 and queue default: at most 1"))
	r.finish(t)
	r.fireTimers(t)
	r.requireBlocked(t, busy("s"))
}
