package actors

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
)

// at pins the clock of a session to a time of the first of January 2026.
func (r *rig) at(t require.TestingT, clock string) {
	require.NoError(t, r.exec(`select set_config('weir.clock', '2026-01-01T' || $1 || 'Z', false)`, clock))
}

// remindable is a session whose clock is at noon, with an actor "x".
func remindable(t *testing.T) *rig {
	t.Helper()
	r := ready(t).session(t)
	r.at(t, "12:00:00")
	t.Cleanup(func() { // before the connection goes back to the pool
		require.NoError(t, (&rig{ctx: context.Background(), db: r.db}).exec(`reset weir.clock`))
	})
	return r
}

// remind sets a reminder "r" of "x" as SQL does; rest are further arguments.
func (r *rig) remind(t require.TestingT, rest string) {
	require.NoError(t, r.exec(`select weir.actor_remind('C', 'x', 'r', 'm', '1', `+rest+`)`))
}

func (r *rig) fire(t require.TestingT) (fired int) {
	return scalar[int](t, r, `select fired from weir_internal.fire_timers(500)`)
}

// ticks are the times of the ticks that became calls, in their order.
func (r *rig) ticks(t require.TestingT) string {
	return scalar[string](t, r, `select coalesce(string_agg(substr(tick, 14, 8), ' ' order by seq), '') from weir.actor_calls where tick is not null`)
}

// due is when the reminder "r" of "x" is due next, empty if there is none.
func (r *rig) due(t require.TestingT) string {
	return scalar[string](t, r, `select coalesce(max(to_char(due at time zone 'UTC', 'HH24:MI:SS')), '') from weir.reminders`)
}

// answer answers all calls that wait.
func (r *rig) answer(t *testing.T) {
	t.Helper()
	g := r.fetched(t, "a")
	results := make([]string, len(g.calls))
	for i := range results {
		results[i] = "1"
	}
	_, err := r.commit("a", g, "1", passGoOn, results...)
	require.NoError(t, err)
}

func TestReminderAtATimeMakesOneCallAndIsGone(t *testing.T) {
	t.Parallel()
	r := remindable(t)
	r.remind(t, `at => '2026-01-01T12:10:00Z'`)
	require.Zero(t, r.fire(t))
	require.Equal(t, "00:10:00", scalar[string](t, r, `select next_in::text from weir_internal.fire_timers(500)`))
	r.at(t, "12:10:00")
	require.Equal(t, 1, r.fire(t))
	require.Zero(t, r.fire(t))
	require.Equal(t, "r@2026-01-01T12:10:00.000000Z", scalar[string](t, r, `select tick from weir.actor_calls where seq = 2`))
	require.Empty(t, r.due(t))
	g := r.fetched(t, "a")
	require.Equal(t, "r@2026-01-01T12:10:00.000000Z", g.calls[0].tick)
	require.Equal(t, "1", string(g.calls[0].args))
	_, err := r.commit("a", g, "2", passGoOn, "1")
	require.NoError(t, err)
}

func TestReminderKeepsItsPhaseHoweverLateItIsFired(t *testing.T) {
	t.Parallel()
	r := remindable(t)
	r.remind(t, `every => '10 minutes'`)
	for _, clock := range []string{"12:10:07", "12:20:00", "12:30:09.5"} {
		r.at(t, clock)
		require.Equal(t, 1, r.fire(t))
		r.answer(t)
	}
	require.Equal(t, "12:10:00 12:20:00 12:30:00", r.ticks(t))
	require.Equal(t, "12:40:00", r.due(t))
	require.Equal(t, 3, scalar[int](t, r, `select calls::int from weir.reminders where last_call = 4`))
}

func TestTicksThatWereMissed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ rest, now, ticks, due string }{
		"all":                          {`every => '1 minute', catch_up => 'all'`, "12:10:30", "12:01:00 12:02:00 12:03:00 12:04:00 12:05:00 12:06:00 12:07:00 12:08:00 12:09:00 12:10:00", "12:11:00"},
		"one":                          {`every => '1 minute', catch_up => 'one'`, "12:10:30", "12:10:00", "12:11:00"},
		"one by default":               {`every => '1 minute'`, "12:10:30", "12:10:00", "12:11:00"},
		"none, the last in time":       {`every => '1 minute', catch_up => 'none'`, "12:10:30", "12:10:00", "12:11:00"},
		"none, the last a minute late": {`every => '10 minutes', catch_up => 'none'`, "12:51:00", "12:50:00", "13:00:00"},
		"none, the last later":         {`every => '10 minutes', catch_up => 'none'`, "12:51:00.000001", "", "13:00:00"},
		"one, the last later":          {`every => '10 minutes', catch_up => 'one'`, "12:55:00", "12:50:00", "13:00:00"},
		"all, at the tick itself":      {`every => '10 minutes', catch_up => 'all'`, "12:20:00", "12:10:00 12:20:00", "12:30:00"},
		"one tick, none, in time":      {`at => '2026-01-01T12:10:00Z', catch_up => 'none'`, "12:10:59", "12:10:00", ""},
		"one tick, none, later":        {`at => '2026-01-01T12:10:00Z', catch_up => 'none'`, "12:12:00", "", ""},
		"one tick, one":                {`at => '2026-01-01T12:10:00Z', catch_up => 'one'`, "22:00:00", "12:10:00", ""},
		"a first tick in the past":     {`at => '2026-01-01T10:07:00Z', every => '1 hour'`, "12:00:00", "11:07:00", "12:07:00"},
		"a first tick to come":         {`at => '2026-01-01T12:30:00Z', every => '1 hour'`, "13:31:00", "13:30:00", "14:30:00"},
		"a day is 24 hours, and so on": {`every => '1 day -23 hours'`, "13:00:01", "13:00:00", "14:00:00"},
		"the shortest":                 {`every => '0.1 s', catch_up => 'all'`, "12:00:00.35", "12:00:00 12:00:00 12:00:00", "12:00:00"},
		"none, of which many are due":  {`every => '0.1 s', catch_up => 'none'`, "12:00:07.05", "12:00:07", "12:00:07"},
		"null is the default":          {`null, '1 minute', null`, "12:10:30", "12:10:00", "12:11:00"},
		"no tick yet, at its eve":      {`every => '10 minutes', catch_up => 'all'`, "12:09:59.999999", "", "12:10:00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := remindable(t)
			r.remind(t, test.rest)
			r.at(t, test.now)
			r.fire(t)
			require.Equal(t, test.ticks, r.ticks(t))
			require.Equal(t, test.due, r.due(t))
			require.Zero(t, r.fire(t))
		})
	}
}

func TestManyMissedTicksAreCaughtUpInSeveralPasses(t *testing.T) {
	t.Parallel()
	r := remindable(t)
	r.remind(t, `every => '1 second', catch_up => 'all'`)
	require.NoError(t, r.exec(`select weir.actor_remind('C', 'x', 'late', 'm', at => '2026-01-01T12:19:00Z')`))
	r.at(t, "12:20:00")
	made := func() int { return scalar[int](t, r, `select count(distinct tick)::int from weir.actor_calls`) }
	require.Equal(t, 1, r.fire(t))
	require.Equal(t, 500, made())
	require.Equal(t, "00:00:00", scalar[string](t, r, `select next_in::text from weir_internal.fire_timers(500)`))
	require.Equal(t, 1000, made())
	require.Equal(t, 2, r.fire(t))
	require.Equal(t, 1201, made())
	require.Zero(t, r.fire(t))
	require.Equal(t, "12:20:01", r.due(t))
}

func TestPassIsBoundedByTheSizeOfArguments(t *testing.T) {
	t.Parallel()
	r := remindable(t)
	for i := range 20 {
		require.NoError(t, r.exec(`select weir.actor_remind('C', 'x', $1, 'm', to_jsonb(repeat('x', 1 << 20)), '2026-01-01T11:00:00Z')`, fmt.Sprint(i)))
	}
	require.Equal(t, 8, r.fire(t))
	require.NoError(t, r.exec(`select weir.actor_remind('C', 'x', 'huge', 'm', to_jsonb(repeat('x', 9 << 20)), '2026-01-01T10:00:00Z')`))
	require.Equal(t, 1, r.fire(t), "the first whatever its size")
	require.Equal(t, 8, r.fire(t))
	require.Equal(t, 4, r.fire(t))
}

func TestSameReminderAgainGoesOn(t *testing.T) {
	t.Parallel()
	r := remindable(t)
	r.remind(t, `every => '10 minutes'`)
	r.at(t, "12:15:00")
	r.remind(t, `every => '10 minutes'`)
	require.Equal(t, "12:10:00", r.due(t))
	require.Equal(t, 1, r.fire(t))
	r.remind(t, `every => '600 seconds'`)
	require.Equal(t, "12:20:00", r.due(t))
	require.Equal(t, 1, scalar[int](t, r, `select calls::int from weir.reminders`))

	r.remind(t, `every => '10 minutes', catch_up => 'all'`)
	require.Equal(t, "12:25:00", r.due(t), "another one replaces it")
	require.Zero(t, scalar[int](t, r, `select calls::int from weir.reminders where last_call is null`))
	r.remind(t, `at => '2026-01-01T13:00:00Z'`)
	require.Equal(t, "13:00:00", r.due(t))
	require.Equal(t, "13:00:00", scalar[string](t, r, `select to_char(weir.actor_remind('C', 'x', 'r', 'm', '1', '2026-01-01T13:00:00Z') at time zone 'UTC', 'HH24:MI:SS')`))
}

func TestForgottenReminderMakesNoCall(t *testing.T) {
	t.Parallel()
	r := remindable(t)
	const forget = `select weir.actor_forget('C', 'x', 'r')`
	require.False(t, scalar[bool](t, r, forget))
	r.remind(t, `every => '10 minutes'`)
	require.NoError(t, r.exec(`select weir.actor_remind('C', 'x', 'other', 'm', every => '10 minutes')`))
	require.True(t, scalar[bool](t, r, forget))
	require.False(t, scalar[bool](t, r, forget))
	r.at(t, "12:10:00")
	require.Equal(t, 1, r.fire(t))
	require.Equal(t, "other@2026-01-01T12:10:00.000000Z", scalar[string](t, r, `select tick from weir.actor_calls where seq = 2`))
}

func TestRemindersGoWithTheirActor(t *testing.T) {
	t.Parallel()
	r := remindable(t)
	r.remind(t, `every => '10 minutes'`)
	r.at(t, "12:10:00")
	require.Equal(t, 1, r.fire(t))
	require.NoError(t, r.delete("x"))
	r.at(t, "12:20:00")
	require.Zero(t, r.fire(t))
	r.create(t, "a", "x")
	require.Empty(t, r.due(t), "the next of that id has none")
}

func TestReminderIsSetByItsTransactionOrNotAtAll(t *testing.T) {
	t.Parallel()
	r := ready(t)
	other, tx := r.begin(t)
	other.remind(t, `at => '2026-01-01T12:10:00Z'`)
	require.Zero(t, r.fire(t))
	require.NoError(t, tx.Rollback(r.ctx))
	require.Empty(t, r.due(t))
}

func TestBlockedActorGathersNoTicks(t *testing.T) {
	t.Parallel()
	for catchUp, more := range map[string]int{"all": 3, "one": 0, "none": 0} {
		t.Run(catchUp, func(t *testing.T) {
			t.Parallel()
			r := remindable(t)
			_, g, err := r.callWith("a", "x", `{"block": true}`)
			require.NoError(t, err)
			_, err = r.fail("a", g, passGiveUp)
			require.NoError(t, err)
			require.Equal(t, "BLOCKED", r.status(t, "x"))

			r.remind(t, `every => '10 minutes', catch_up => '`+catchUp+`'`)
			for _, clock := range []string{"12:10:00", "12:20:00", "12:30:00", "12:40:00"} {
				r.at(t, clock)
				require.Equal(t, 1, r.fire(t))
			}
			require.Equal(t, strings.TrimSpace("SUCCESSFUL QUEUED QUEUED "+strings.Repeat("QUEUED ", more)), r.calls(t, "x"))
			require.Equal(t, "12:50:00", r.due(t))
			require.NoError(t, r.exec(`select weir.actor_resume('C', 'x')`))
			r.answer(t)
			r.at(t, "12:50:00")
			require.Equal(t, 1, r.fire(t))
			require.Len(t, r.fetched(t, "a").calls, 1, "and then goes on")
		})
	}
}

func TestTickHasAFailedConstructorCalledAgain(t *testing.T) {
	t.Parallel()
	r := setupRig(t).session(t)
	r.at(t, "12:00:00")
	g, _, err := r.start("a", "x")
	require.NoError(t, err)
	r.remind(t, `every => '10 minutes'`)
	_, err = r.fail("a", g, passGiveUp)
	require.NoError(t, err)
	require.Equal(t, "FAILED", r.status(t, "x"))
	r.at(t, "12:10:00")
	require.Equal(t, 1, r.fire(t))
	again := r.fetched(t, "a")
	require.Len(t, again.calls, 2)
	require.Empty(t, again.calls[0].method)
	_, err = r.commit("a", again, "1", passGoOn, "0", "1")
	require.NoError(t, err)
	require.Equal(t, 3, scalar[int](t, r, `select last_call::int from weir.reminders`))
}

func TestBadRemindersAreRefused(t *testing.T) {
	t.Parallel()
	r := ready(t)
	for rest, field := range map[string]string{
		`'C', 'x', null, 'm', every => '1 s'`:                                 "name",
		`'C', 'x', '', 'm', every => '1 s'`:                                   "name",
		`'C', 'x', repeat('n', 256), 'm', every => '1 s'`:                     "name",
		`'C', 'x', E'a\nb', 'm', every => '1 s'`:                              "name",
		`'C', 'x', 'r', 'a.b', every => '1 s'`:                                "method",
		`'C', 'x', 'r', '', every => '1 s'`:                                   "method",
		`'C', 'x', 'r', null, every => '1 s'`:                                 "method",
		`'a.b', 'x', 'r', 'm', every => '1 s'`:                                "type",
		`'C', null, 'r', 'm', every => '1 s'`:                                 "id",
		`'C', 'x', 'r', 'm'`:                                                  "at",
		`'C', 'x', 'r', 'm', at => 'infinity'`:                                "at",
		`'C', 'x', 'r', 'm', at => '-infinity'`:                               "at",
		`'C', 'x', 'r', 'm', at => '0001-01-01 BC'`:                           "at",
		`'C', 'x', 'r', 'm', at => '20000-01-01'`:                             "at",
		`'C', 'x', 'r', 'm', every => '0'`:                                    "every",
		`'C', 'x', 'r', 'm', every => '-1 s'`:                                 "every",
		`'C', 'x', 'r', 'm', every => '0.099999 s'`:                           "every",
		`'C', 'x', 'r', 'm', every => '1 month'`:                              "every",
		`'C', 'x', 'r', 'm', every => '1 year'`:                               "every",
		`'C', 'x', 'r', 'm', every => '1000 years'`:                           "every",
		`'C', 'x', 'r', 'm', at => now(), every => '-1 s'`:                    "every",
		`'C', 'x', 'r', 'm', every => '1 s', catch_up => 'some'`:              "catch_up",
		`'C', 'x', 'r', 'm', at => '2026-01-01T12:10:00Z', catch_up => 'ALL'`: "catch_up",
	} {
		err := r.exec(`select weir.actor_remind(` + rest + `)`)
		var input *engine.InputError
		require.ErrorAs(t, err, &input, rest)
		require.Equal(t, field, input.Field, rest)
	}
	require.ErrorIs(t, r.exec(`select weir.actor_forget('C', 'x', '')`), engine.ErrInput)
	for _, sql := range []string{`select weir.actor_remind('C', 'no', 'r', 'm', every => '1 s')`, `select weir.actor_forget('C', 'no', 'r')`} {
		require.ErrorIs(t, r.exec(sql), engine.ErrNotFound, sql)
	}
	require.Empty(t, r.due(t))
}

func TestReminderWithoutItsActorIsFoundByCheck(t *testing.T) {
	t.Parallel()
	r := ready(t)
	r.remind(t, `every => '1 hour'`)
	check := func() []string { return scalar[[]string](t, r, `select array_agg(invariant) from weir.check()`) }
	for _, wrong := range []string{`set last_call = 9`, `set actor = 0`} {
		require.NoError(t, r.exec(`update weir_internal.reminder `+wrong))
		require.Equal(t, []string{"a reminder belongs to an actor that accepted its calls"}, check())
		require.NoError(t, r.exec(`update weir_internal.reminder set last_call = null`))
	}
	require.NoError(t, r.exec(`delete from weir_internal.reminder`))
}

// Whoever may call reminder_set may leave out what the SDK never does: the pass that
// fires all timers must go on.
func TestTimersSurviveRemindersThatAreNone(t *testing.T) {
	t.Parallel()
	r := ready(t)
	for _, args := range []string{
		`'m', null, null, '1 s', 'one'`, `null, '1', null, '1 s', 'one'`, `'m', '1', null, null, 'one'`, `'m', '1', null, '0 s', 'one'`,
		`'m', '1', null, 'infinity', 'one'`, `'m', '1', 'infinity', null, 'one'`, `'m', '1', null, '1 s', 'some'`, `'m', '1', null, '1 s', null`,
	} {
		require.Error(t, r.exec(`select weir_internal.reminder_set('C', 'x', 'r', `+args+`, null, null, null)`), args)
	}
	require.Zero(t, scalar[int](t, r, `select count(*)::int from weir.reminders`))
	require.Zero(t, r.fire(t))
}
