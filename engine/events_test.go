package engine

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// expects is a step that waits for an event of a key.
func expects(key string, after ...int) Step { return expectsFor(key, 0, after...) }

// expectsFor is expects for a time. None is for ever.
func expectsFor(key string, within time.Duration, after ...int) Step {
	settings := fmt.Appendf(nil, `{"key": %q}`, key)
	if within > 0 {
		settings = fmt.Appendf(nil, `{"key": %q, "seconds": %v}`, key, within.Seconds())
	}
	return Step{Name: "event", Function: FunctionEvent, Args: []Arg{{Value: settings}}, After: after}
}

// takes is a step of "f" that takes what others return.
func takes(args ...Arg) Step { return Step{Name: "takes", Function: "f", Args: args} }

func tried(step int) Arg { return Arg{Kind: ArgTry, Step: step} }

func (r *rig) send(id string, event Event) (accepted bool, err error) {
	err = manage(r.ctx, r.db, sendEventSQL, id, &accepted, event.Key, event.Payload, event.Dedupe)
	return accepted, err
}

// sent sends an event to "w", which has to be accepted.
func (r *rig) sent(t require.TestingT, key, payload string) {
	accepted, err := r.send("w", Event{Key: key, Payload: json.RawMessage(payload)})
	require.NoError(t, err)
	require.True(t, accepted)
}

// output is that of a step of "w", empty without one.
func (r *rig) output(t require.TestingT, no int) string {
	return scalar[string](t, r, `select coalesce(output::text, '') from weir.steps where workflow_id = 'w' and no = $1`, no)
}

// failure is the type of the error of a step of "w", empty without one.
func (r *rig) failure(t require.TestingT, no int) string {
	return scalar[string](t, r, `select coalesce(error ->> 'type', '') from weir.steps where workflow_id = 'w' and no = $1`, no)
}

func (r *rig) count(t require.TestingT, table string) int {
	return scalar[int](t, r, `select count(*)::int from weir_internal.`+table)
}

// later does something as long after the start of "w" on the database's clock.
func (r *rig) later(t *testing.T, by time.Duration, something func(*rig)) {
	t.Helper()
	then, tx := r.begin(t)
	then.putForward(t, by)
	something(then)
	require.NoError(t, tx.Commit(r.ctx))
}

// putForward moves the clock of a transaction.
func (r *rig) putForward(t require.TestingT, by time.Duration) {
	r.exec(t, `select set_config('weir.clock', (w.created_at + $1::interval)::text, true) from weir_internal.workflow as w where w.workflow_id = 'w'`, by)
}

func TestN8AnEventThatComesEarlyIsKept(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.register(t, "a", "f")
	r.start(t, "w", plain(), expects("k", 0), takes(output(1)))
	r.sent(t, "k", `"early"`)
	require.Equal(t, []string{"ready", "waiting", "waiting"}, r.states(t, "w"))

	reply, err := r.succeed(r.take(t, "a"), "1", passHand)
	require.NoError(t, err)
	require.True(t, reply.sleeping, "somebody has to look at the timers")
	require.Equal(t, []string{"succeeded", "parked", "waiting"}, r.states(t, "w"))
	r.requireSound(t)
	require.Equal(t, 1, r.fireTimers(t))
	require.Equal(t, []string{"succeeded", "succeeded", "ready"}, r.states(t, "w"))
	require.JSONEq(t, `"early"`, string(r.take(t, "a").inputs.outputs[0]))
}

func TestN4ParallelWaitsForOneKeyGetItsEventsInOrder(t *testing.T) {
	t.Parallel()
	for name, early := range map[string]bool{"waiting": false, "early": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := setupRig(t)
			r.register(t, "a", "f")
			r.start(t, "w", plain(), expects("k", 0), expects("k", 0), expects("k", 0), expects("other", 0), plain(1, 2, 3, 4))
			park := func() {
				_, err := r.succeed(r.take(t, "a"), "1", passHand)
				require.NoError(t, err)
			}
			if !early {
				park()
			}
			for n := range 2 {
				r.sent(t, "k", fmt.Sprint(n))
				r.requireSound(t)
			}
			r.sent(t, "other", `"x"`)
			if early {
				park()
				require.Equal(t, 4, r.fireTimers(t))
			}
			require.Equal(t, []string{"succeeded", "succeeded", "succeeded", "parked", "succeeded", "waiting"}, r.states(t, "w"))
			require.Equal(t, []string{"0", "1", "", `"x"`}, []string{r.output(t, 1), r.output(t, 2), r.output(t, 3), r.output(t, 4)})
			require.Zero(t, r.fireTimers(t), "who got nothing waits without a timer")
			r.sent(t, "k", "2")
			require.Equal(t, "2", r.output(t, 3))
			require.Equal(t, "ready", r.states(t, "w")[5])
			require.Zero(t, scalar[int](t, r, `select count(*)::int from weir_internal.event where step is null`))
		})
	}
}

func TestN8TheSameEventIsAcceptedOnce(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.start(t, "w", expects("k"), expects("k"), plain(0, 1))
	event := Event{Key: "k", Payload: json.RawMessage(`{"a": 1, "b": [2]}`), Dedupe: "d"}
	for _, want := range []bool{true, false, false} {
		accepted, err := r.send("w", event)
		require.NoError(t, err)
		require.Equal(t, want, accepted)
	}
	event.Payload = json.RawMessage(`{"b":[2],"a":1.0}`) // the same to JSON
	accepted, err := r.send("w", event)
	require.NoError(t, err)
	require.False(t, accepted)

	event.Payload = json.RawMessage(`{"a": 2}`)
	_, err = r.send("w", event)
	require.ErrorIs(t, err, ErrEventConflict)
	require.Equal(t, []string{"succeeded", "parked", "waiting"}, r.states(t, "w"))
	require.Equal(t, 1, r.count(t, "event"))

	event.Key = "another key"
	accepted, err = r.send("w", event)
	require.NoError(t, err)
	require.True(t, accepted)
	for range 2 { // without a dedupe key each counts
		r.sent(t, "k", "1")
	}
	require.Equal(t, 4, r.count(t, "event"))
}

func TestN8AnEventForAWorkflowThatIsNotThereOrHasEndedIsRefused(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.register(t, "a", "f")
	r.start(t, "successful", plain())
	_, err := r.succeed(r.take(t, "a"), "1", passHand)
	require.NoError(t, err)
	r.start(t, "failed", plain())
	_, _, err = r.fail(r.take(t, "a"), "broken", true)
	require.NoError(t, err)
	r.start(t, "canceled", expects("k"))
	require.NoError(t, r.cancel("canceled"))

	for id, want := range map[string]error{"successful": ErrFinished, "failed": ErrFinished, "canceled": ErrFinished, "unknown": ErrNotFound} {
		_, err := r.send(id, Event{Key: "k", Payload: json.RawMessage("1")})
		require.ErrorIs(t, err, want, id)
	}
	require.Zero(t, r.count(t, "event"))
}

func TestN8SQLRefusesAnEventThatIsNone(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.start(t, "w", expects("k"))
	for field, sql := range map[string]string{
		"key":     `select weir.send_event('w', '')`,
		"payload": `select weir.send_event('w', 'k', null)`,
		"dedupe":  `select weir.send_event('w', 'k', '1', E'a\n')`,
	} {
		var input *InputError
		require.ErrorAs(t, FromDatabase(r.db.QueryRow(r.ctx, sql).Scan(new(bool))), &input)
		require.Equal(t, field, input.Field)
	}
	require.Equal(t, []string{"parked"}, r.states(t, "w"))
}

func TestN7AnEventThatDoesNotComeInTimeFailsItsStep(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.start(t, "w", expectsFor("k", time.Minute), plain(0))
	r.later(t, 50*time.Second, func(then *rig) { require.Zero(t, then.fireTimers(t)) })
	require.Equal(t, []string{"parked", "waiting"}, r.states(t, "w"))
	r.later(t, 70*time.Second, func(then *rig) { require.Equal(t, 1, then.fireTimers(t)) })
	require.Equal(t, []string{"failed", "halted"}, r.states(t, "w"))
	require.Equal(t, "weir.timeout", r.failure(t, 0))
	require.Equal(t, "FAILED", r.status(t, "w"))
	require.Zero(t, r.count(t, "event_wait"))

	// A resume waits as long again.
	_, err := r.resume("w")
	require.NoError(t, err)
	require.Equal(t, []string{"parked", "waiting"}, r.states(t, "w"))
	r.sent(t, "k", "1")
	require.Equal(t, []string{"succeeded", "ready"}, r.states(t, "w"))
	r.later(t, time.Hour, func(then *rig) { require.Zero(t, then.fireTimers(t)) })
}

func TestN7AnEventThatDoesNotComeInTimeIsCaught(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.register(t, "a", "f")
	r.start(t, "w", expectsFor("k", time.Minute), takes(tried(0)))
	r.later(t, 70*time.Second, func(then *rig) { require.Equal(t, 1, then.fireTimers(t)) })
	require.Equal(t, []string{"failed", "ready"}, r.states(t, "w"))
	require.JSONEq(t, `{"step": "event", "type": "weir.timeout", "attempts": 1, "message": "no event 'k' came in time"}`, string(r.take(t, "a").inputs.errors[0]))

	r.sent(t, "k", "1") // nobody waits any more: it is kept
	require.Empty(t, r.output(t, 0))
}

func TestN7OneThatMayWaitOnKeepsItsTimerWhenAnEarlyEventWentToAnother(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.register(t, "a", "f")
	r.start(t, "w", plain(), expectsFor("k", time.Minute, 0), expectsFor("k", time.Minute, 0), plain(1, 2))
	r.sent(t, "k", "1")
	_, err := r.succeed(r.take(t, "a"), "1", passHand)
	require.NoError(t, err)
	require.Equal(t, 2, r.fireTimers(t))
	require.Equal(t, []string{"succeeded", "succeeded", "parked", "waiting"}, r.states(t, "w"))
	require.Equal(t, 1, r.count(t, "timer"))
	r.later(t, 2*time.Minute, func(then *rig) { require.Equal(t, 1, then.fireTimers(t)) })
	require.Equal(t, "FAILED", r.status(t, "w"))
}

func TestN7AnEventAndItsTimeoutMeet(t *testing.T) {
	t.Parallel()
	t.Run("the event was first", func(t *testing.T) {
		t.Parallel()
		r := setupRig(t)
		r.start(t, "w", expectsFor("k", time.Minute), plain(0))
		late := func(second *rig) {
			second.later(t, time.Hour, func(then *rig) { require.Zero(t, then.fireTimers(t)) })
		}
		r.passes(t, func(first *rig) { first.sent(t, "k", "1") }, late)
		require.Equal(t, []string{"succeeded", "ready"}, r.states(t, "w"))
		late(r)
	})
	t.Run("the timeout was first, and fails the workflow", func(t *testing.T) {
		t.Parallel()
		r := setupRig(t)
		r.start(t, "w", expectsFor("k", time.Minute), plain(0))
		err := r.waits(t, func(first *rig) {
			first.putForward(t, time.Hour)
			require.Equal(t, 1, first.fireTimers(t))
		}, true, func(second *rig) error {
			_, err := second.send("w", Event{Key: "k", Payload: json.RawMessage("1")})
			return err
		})
		require.ErrorIs(t, err, ErrFinished)
		require.Zero(t, r.count(t, "event"))
	})
	t.Run("the timeout was first, and is caught", func(t *testing.T) {
		t.Parallel()
		r := setupRig(t)
		r.start(t, "w", expectsFor("k", time.Minute), takes(tried(0)))
		err := r.waits(t, func(first *rig) {
			first.putForward(t, time.Hour)
			require.Equal(t, 1, first.fireTimers(t))
		}, true, func(second *rig) error {
			_, err := second.send("w", Event{Key: "k", Payload: json.RawMessage("1")})
			return err
		})
		require.NoError(t, err)
		require.Equal(t, []string{"failed", "ready"}, r.states(t, "w"))
		require.Equal(t, 1, scalar[int](t, r, `select count(*)::int from weir_internal.event where step is null`))
	})
	t.Run("both are there when the timers are looked at", func(t *testing.T) {
		t.Parallel()
		r := setupRig(t)
		r.register(t, "a", "f")
		r.start(t, "w", plain(), expectsFor("k", time.Minute, 0), plain(1))
		r.sent(t, "k", "1")
		_, err := r.succeed(r.take(t, "a"), "1", passHand)
		require.NoError(t, err)
		r.later(t, time.Hour, func(then *rig) { require.Equal(t, 1, then.fireTimers(t)) })
		require.Equal(t, []string{"succeeded", "succeeded", "ready"}, r.states(t, "w"))
	})
}

func TestN3AnEventMeetsTheStepThatParks(t *testing.T) {
	t.Parallel()
	send := func(r *rig) (bool, error) { return r.send("w", Event{Key: "k", Payload: json.RawMessage("1")}) }
	for name, eventFirst := range map[string]bool{"the event was first": true, "the step was first": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := setupRig(t)
			r.register(t, "a", "f")
			r.start(t, "w", plain(), expects("k", 0), plain(1))
			parks := succeeds(r.take(t, "a"), "1", passHand)
			if eventFirst {
				meet(t, r, send, parks)
				require.Equal(t, []string{"succeeded", "parked", "waiting"}, r.states(t, "w"))
				r.requireSound(t)
				require.Equal(t, 1, r.fireTimers(t))
			} else {
				meet(t, r, parks, send)
			}
			require.Equal(t, []string{"succeeded", "succeeded", "ready"}, r.states(t, "w"))
			require.Zero(t, r.fireTimers(t))
		})
	}
}

func TestN8OneEventSentByTwoAtOnceIsAcceptedOnce(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.start(t, "w", expects("k"), expects("k"), plain(0, 1))
	send := func(r *rig) (bool, error) {
		return r.send("w", Event{Key: "k", Payload: json.RawMessage("1"), Dedupe: "d"})
	}
	first, second := meet(t, r, send, send)
	require.Equal(t, []bool{true, false}, []bool{first, second})
	require.Equal(t, []string{"succeeded", "parked", "waiting"}, r.states(t, "w"))
}

func TestN3AnEventOfATransactionThatRollsBackWasNeverThere(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.start(t, "w", expects("k"), plain(0))
	within, tx := r.begin(t)
	within.sent(t, "k", "1")
	require.Equal(t, []string{"succeeded", "ready"}, within.states(t, "w"))
	require.NoError(t, tx.Rollback(r.ctx))
	require.Equal(t, []string{"parked", "waiting"}, r.states(t, "w"))
	require.Zero(t, r.count(t, "event"))
}

func TestN6AParkedStepKeepsItsDeadlineAndItsEventsThroughCancelAndResume(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.register(t, "a", "f")
	r.start(t, "w", plain(), expects("early", 0), expectsFor("k", time.Hour), plain(1, 2))
	r.sent(t, "early", `"kept"`)
	deadline := func() time.Time {
		return scalar[time.Time](t, r, `select wake_at from weir.steps where no = 2`)
	}
	first := deadline()

	require.NoError(t, r.cancel("w"))
	require.Equal(t, []string{"halted", "halted", "halted", "halted"}, r.states(t, "w"))
	require.Zero(t, r.count(t, "timer")+r.count(t, "event_wait"))
	r.requireSound(t)
	_, err := r.resume("w")
	require.NoError(t, err)
	require.Equal(t, []string{"ready", "waiting", "parked", "waiting"}, r.states(t, "w"))
	require.True(t, first.Equal(deadline()))
	require.Equal(t, 1, r.count(t, "timer"))

	_, err = r.succeed(r.take(t, "a"), "1", passHand)
	require.NoError(t, err)
	require.Equal(t, 1, r.fireTimers(t))
	require.Equal(t, `"kept"`, r.output(t, 1))
	r.sent(t, "k", "1")
	require.Equal(t, "ready", r.states(t, "w")[3])
}

func TestN6ADeliveredEventIsNotTakenBackByAResume(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.register(t, "a", "f")
	r.start(t, "w", expects("k"), plain(0))
	r.sent(t, "k", `"first"`)
	_, _, err := r.fail(r.take(t, "a"), "broken", true)
	require.NoError(t, err)
	_, err = r.resume("w")
	require.NoError(t, err)
	r.sent(t, "k", `"second"`)
	require.Equal(t, []string{"succeeded", "ready"}, r.states(t, "w"))
	require.Equal(t, `"first"`, r.output(t, 0))
}

func TestK4DeleteRemovesEventsAndWaits(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.start(t, "w", expects("k"), expectsFor("other", time.Hour), plain(0, 1))
	r.sent(t, "k", "1")
	r.sent(t, "nobody waits", "1")
	require.NoError(t, r.cancel("w"))
	require.NoError(t, r.delete("w"))
	for _, table := range []string{"workflow", "step", "timer", "event", "event_wait"} {
		require.Zero(t, r.count(t, table), table)
	}
}

func TestN5AnEventIsAWholeWorkflow(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.start(t, "w", expects("k"))
	require.Equal(t, "RUNNING", scalar[string](t, r, `select weir.status('w')`))
	r.sent(t, "k", `{"any": "value"}`)
	require.Equal(t, "SUCCESSFUL", r.status(t, "w"))
	require.JSONEq(t, `{"any": "value"}`, scalar[string](t, r, `select weir.output('w')::text`))
}

func TestN5AContinuationWaitsForAnEvent(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.register(t, "a", "f")
	r.start(t, "w", plain(), takes(output(0)))
	h := r.take(t, "a")
	r.sent(t, "early", "1")
	_, err := r.delegate(h, true, expects("k"), expects("early"), takes(output(0), output(1)))
	require.NoError(t, err)
	require.Equal(t, 1, r.fireTimers(t))
	r.sent(t, "k", "2")
	require.Equal(t, []string{"delegated", "waiting", "succeeded", "succeeded", "ready"}, r.states(t, "w"))
	require.Equal(t, []json.RawMessage{json.RawMessage("2"), json.RawMessage("1")}, r.take(t, "a").inputs.outputs)
}

func TestN3AnEventIsHandedToNobodyTwice(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	// The event ends a caught wait, whose time is over as well: one of the two counts.
	r.start(t, "w", expectsFor("k", time.Minute), expectsFor("k", time.Minute), takes(tried(0), tried(1)))
	r.sent(t, "k", "1")
	r.later(t, time.Hour, func(then *rig) { require.Equal(t, 1, then.fireTimers(t)) })
	require.Equal(t, []string{"succeeded", "failed", "ready"}, r.states(t, "w"))
}

// A snapshot from before the step has begun to wait can't show it.
func TestN3AnEventFromAnOldSnapshotIsRefused(t *testing.T) {
	t.Parallel()
	for _, level := range []string{"repeatable read", "serializable"} {
		r := setupRig(t)
		r.register(t, "a", "f")
		r.start(t, "w", plain(), expects("k", 0), plain(1))
		old, tx := r.begin(t)
		old.exec(t, `set transaction isolation level `+level)
		require.Equal(t, []string{"ready", "waiting", "waiting"}, old.states(t, "w"))
		_, err := r.succeed(r.take(t, "a"), "1", passHand)
		require.NoError(t, err)
		_, err = old.send("w", Event{Key: "k", Payload: json.RawMessage("1")})
		require.ErrorContains(t, err, "read committed")
		require.NoError(t, tx.Rollback(r.ctx))
		r.sent(t, "k", "1")
		require.Equal(t, []string{"succeeded", "succeeded", "ready"}, r.states(t, "w"))
	}
}

func TestN8AnEventForAWorkflowThatWaitsForItsTurnIsKept(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.limit(t, "name", "n", new(1), nil)
	_, err := r.startLimited("first", expects("k"))
	require.NoError(t, err)
	_, err = r.startLimited("w", expectsFor("k", time.Minute), plain(0))
	require.NoError(t, err)
	require.Equal(t, "PENDING", r.status(t, "w"))
	r.sent(t, "k", `"kept"`)
	require.Equal(t, []string{"halted", "halted"}, r.states(t, "w"))
	require.NoError(t, r.cancel("first"))
	r.fireTimers(t)
	r.fireTimers(t)
	require.Equal(t, []string{"succeeded", "ready"}, r.states(t, "w"))
	require.Equal(t, `"kept"`, r.output(t, 0))
}
