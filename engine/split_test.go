package engine

import (
	"encoding/json"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// some is a step that waits until n of what it takes are done, or for a time.
// None is for ever.
func some(n int, within time.Duration, args ...Arg) Step {
	settings := fmt.Appendf(nil, `{"n": %d}`, n)
	if within > 0 {
		settings = fmt.Appendf(nil, `{"n": %d, "seconds": %v}`, n, within.Seconds())
	}
	return Step{Name: "some", Function: FunctionWait, Args: []Arg{{Value: settings}, {Kind: ArgList, List: args}}}
}

// in returns the step for another function.
func in(function string, step Step) Step {
	step.Function = function
	return step
}

func outside(no int) Arg { return Arg{Kind: ArgRef, Step: Outside(int32(no))} }

func outsideTried(no int) Arg { return Arg{Kind: ArgTry, Step: Outside(int32(no))} }

// setupSplit returns a rig that has a worker for each of the functions a to e,
// and for f.
func setupSplit(t *testing.T) *rig {
	t.Helper()
	r := setupRig(t)
	for _, function := range []string{"a", "b", "c", "d", "e", "f"} {
		r.register(t, function, function)
	}
	return r
}

// does has the worker of a function do its next step, and the timers what they can.
func (r *rig) does(t require.TestingT, function, output string) {
	_, err := r.succeed(r.take(t, function), output, passHand)
	require.NoError(t, err)
	r.fireTimers(t)
}

// breaks has the worker of a function fail its next step for good.
func (r *rig) breaks(t require.TestingT, function string) {
	_, _, err := r.fail(r.take(t, function), "broken", true)
	require.NoError(t, err)
	r.fireTimers(t)
}

// returns has the worker of a function return a graph for its next step.
func (r *rig) returns(t require.TestingT, function string, steps ...Step) {
	_, err := r.delegate(r.take(t, function), false, steps...)
	require.NoError(t, err)
	r.fireTimers(t)
}

// requireSplit holds the output of a step of "w" to be what it should.
func (r *rig) requireSplit(t require.TestingT, no int, ready string, remaining ...int) {
	references := []string{}
	for _, remains := range remaining {
		references = append(references, fmt.Sprintf(`{"weir.step": %d, "weir.workflow": "w"}`, remains))
	}
	requireSplit(t, ready, references, r.output(t, no))
}

func requireSplit(t require.TestingT, ready string, remaining []string, output string) {
	var split struct {
		Ready     json.RawMessage
		Remaining []json.RawMessage
	}
	require.NoError(t, json.Unmarshal([]byte(output), &split), "output %q", output)
	require.JSONEq(t, ready, string(split.Ready))
	require.Len(t, split.Remaining, len(remaining))
	for i := range remaining {
		require.JSONEq(t, remaining[i], string(split.Remaining[i]))
	}
}

func TestL1TheFirstOfManyAreReadyInTheOrderOfTheList(t *testing.T) {
	t.Parallel()
	r := setupSplit(t)
	r.start(t, "w", in("a", plain()), in("b", plain()), in("c", plain()), some(2, 0, output(2), output(1), output(0)), takes(output(3)))
	r.does(t, "a", "1")
	r.requireSound(t)
	require.Equal(t, "waiting", r.states(t, "w")[3])
	r.does(t, "c", "3")
	r.requireSplit(t, 3, `[3, 1]`, 1)
	require.Equal(t, []string{"succeeded", "ready", "succeeded", "succeeded", "ready"}, r.states(t, "w"))
}

func TestL1AnOutcomeIsReadyAsOne(t *testing.T) {
	t.Parallel()
	r := setupSplit(t)
	r.start(t, "w", in("a", plain()), in("b", plain()), in("c", plain()), some(2, 0, tried(0), tried(1), tried(2)), takes(output(3)))
	r.breaks(t, "b")
	r.does(t, "a", "1")
	requireSplit(t, `[{"value": 1}, {"error": {"type": "test", "message": "broken", "step": "s_1", "attempts": 1}}]`,
		[]string{`{"weir.step": 2, "weir.workflow": "w", "try": true}`}, r.output(t, 3))
}

func TestL1WhatFailsUncaughtFailsTheWorkflow(t *testing.T) {
	t.Parallel()
	r := setupSplit(t)
	r.start(t, "w", in("a", plain()), in("b", plain()), some(1, 0, output(0), output(1)), takes(output(2)))
	r.breaks(t, "a")
	require.Equal(t, "FAILED", r.status(t, "w"))
	require.Equal(t, []string{"failed", "halted", "halted", "halted"}, r.states(t, "w"))
}

func TestL1AWaitForOneStepIsARunOfTwo(t *testing.T) {
	t.Parallel()
	for name, late := range map[string]bool{"in time": false, "too late": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := setupSplit(t)
			r.start(t, "w", in("a", plain()), some(1, time.Minute, output(0)), takes(output(1)))
			a := r.take(t, "a")
			if late {
				r.later(t, time.Hour, func(then *rig) { require.Equal(t, 1, then.fireTimers(t)) })
				r.requireSplit(t, 1, `[]`, 0)
				r.returns(t, "f", in("b", takes(outside(0))))
			}
			_, err := r.succeed(a, "1", passHand)
			require.NoError(t, err)
			r.fireTimers(t)
			if late {
				r.does(t, "b", "2")
				require.Equal(t, "SUCCESSFUL", r.status(t, "w"))
				return
			}
			r.requireSplit(t, 1, `[1]`)
		})
	}
}

// sleepsFor are steps that sleep, one after the other numbered.
func sleepsFor(seconds ...int) (steps []Step, all []Arg) {
	for i, s := range seconds {
		steps = append(steps, Step{Name: "sleep", Function: FunctionSleep, Args: []Arg{{Value: fmt.Appendf(nil, `{"seconds": %d}`, s)}}})
		all = append(all, output(i))
	}
	return steps, all
}

func TestL2SomeInTimeAndTheRestLater(t *testing.T) {
	t.Parallel()
	r := setupSplit(t)
	steps, all := sleepsFor(1, 3, 10, 2, 12)
	r.start(t, "w", append(steps, some(4, 5*time.Second, all...), in("a", takes(output(5))), in("b", takes(output(5))), in("c", plain(6, 7)))...)
	for _, after := range []int{1, 2, 3, 4} {
		r.later(t, time.Duration(after)*time.Second+time.Second/2, func(then *rig) { then.fireTimers(t) })
		require.Equal(t, "waiting", r.states(t, "w")[5])
		r.requireSound(t)
	}
	r.later(t, 5500*time.Millisecond, func(then *rig) { require.Equal(t, 1, then.fireTimers(t)) })
	outputs := func(nos ...int) string {
		return scalar[string](t, r, `select jsonb_agg(output order by no)::text from weir.steps where no = any ($1)`, nos)
	}
	r.requireSplit(t, 5, outputs(0, 1, 3), 2, 4)

	// All who take it see the same split, also after more is done.
	a := r.take(t, "a")
	r.later(t, 11*time.Second, func(then *rig) { require.Equal(t, 1, then.fireTimers(t)) })
	b := r.take(t, "b")
	require.JSONEq(t, string(a.inputs.outputs[0]), string(b.inputs.outputs[0]))

	// What remains is waited for again.
	_, err := r.delegate(a, false, some(2, 0, outside(2), outside(4)))
	require.NoError(t, err)
	_, err = r.delegate(b, false, takes(Arg{Kind: ArgList, List: []Arg{outside(2), outside(4)}}))
	require.NoError(t, err)
	r.requireSound(t)
	require.Equal(t, []string{"waiting", "waiting"}, r.states(t, "w")[9:])
	r.later(t, 13*time.Second, func(then *rig) {
		then.fireTimers(t)
		then.fireTimers(t)
	})
	r.requireSplit(t, 9, outputs(2, 4))
	require.Len(t, r.take(t, "f").inputs.outputs, 2)
}

func TestL2NoneInTimeIsASplitToo(t *testing.T) {
	t.Parallel()
	r := setupSplit(t)
	steps, all := sleepsFor(10, 12)
	r.start(t, "w", append(steps, some(1, time.Second, all...))...)
	r.later(t, 5*time.Second, func(then *rig) { require.Equal(t, 1, then.fireTimers(t)) })
	r.requireSplit(t, 2, `[]`, 0, 1)
	require.Equal(t, "SUCCESSFUL", r.status(t, "w"))
	require.Equal(t, []string{"halted", "halted", "succeeded"}, r.states(t, "w"))
	require.Zero(t, r.count(t, "timer"))
}

func TestL2AnArrivalMeetsTheTimeout(t *testing.T) {
	t.Parallel()
	for name, arrivalFirst := range map[string]bool{"the arrival was first": true, "the timeout was first": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := setupSplit(t)
			r.start(t, "w", in("a", plain()), in("b", plain()), some(1, time.Minute, output(0), output(1)), takes(output(2)))
			arrives := succeeds(r.take(t, "b"), "2", passHand)
			if arrivalFirst {
				r.passes(t, func(first *rig) {
					_, err := arrives(first)
					require.NoError(t, err)
				}, func(second *rig) {
					second.later(t, time.Hour, func(then *rig) { require.Zero(t, then.fireTimers(t), "its workflow is locked") })
				})
				require.Equal(t, 1, r.fireTimers(t))
				r.requireSplit(t, 2, `[2]`, 0)
			} else {
				err := r.waits(t, func(first *rig) {
					first.putForward(t, time.Hour)
					require.Equal(t, 1, first.fireTimers(t))
				}, true, func(second *rig) error {
					_, err := arrives(second)
					return err
				})
				require.NoError(t, err)
				r.requireSplit(t, 2, `[]`, 0, 1)
			}
			require.Equal(t, "ready", r.states(t, "w")[3])
			r.later(t, 2*time.Hour, func(then *rig) { require.Zero(t, then.fireTimers(t)) })
		})
	}
}

func TestL3WhatRemainsIsBoundInAnyWay(t *testing.T) {
	t.Parallel()
	wait := func(arg func(int) Arg) []Step {
		return []Step{in("a", plain()), in("b", plain()), some(1, 0, arg(0), arg(1)), takes(output(2))}
	}
	for name, test := range map[string]struct {
		graph    []Step
		returned []Step
		want     string // what the worker of c gets
	}{
		"as an argument": {wait(output), []Step{in("c", takes(outside(1)))}, `[2]`},
		"twice":          {wait(output), []Step{in("c", takes(outside(1), Arg{Kind: ArgList, List: []Arg{outside(1)}}))}, `[2]`},
		"with what is in the graph": {wait(output), []Step{
			in("d", plain()), in("c", takes(output(0), outside(1), outside(0))),
		}, `[1, 2, 4]`},
		"as an outcome": {wait(tried), []Step{in("c", takes(outsideTried(1)))}, `[2]`},
		"as an order":   {wait(output), []Step{{Name: "s", Function: "c", After: []int{Outside(1)}}}, `[2]`},
		"in another wait": {wait(output), []Step{
			some(1, 0, outside(1)), in("c", takes(output(0))),
		}, `[{"ready": [2], "remaining": []}]`},
	} {
		for when, first := range map[string]bool{"done before": true, "done after": false} {
			t.Run(name+", "+when, func(t *testing.T) {
				t.Parallel()
				r := setupSplit(t)
				r.start(t, "w", test.graph...)
				r.does(t, "a", "1")
				if first {
					r.does(t, "b", "2")
				}
				r.returns(t, "f", test.returned...)
				r.requireSound(t)
				if !first {
					require.Nil(t, r.fetch(t, "c"))
					r.does(t, "b", "2")
				}
				if test.returned[0].Function == "d" {
					r.does(t, "d", "4")
				}
				c := r.take(t, "c")
				got, err := json.Marshal(c.inputs.outputs)
				require.NoError(t, err)
				var values []any
				require.NoError(t, json.Unmarshal(got, &values))
				require.ElementsMatch(t, decoded(t, test.want), values)
				_, err = r.succeed(c, "5", passHand)
				require.NoError(t, err)
				require.Equal(t, "SUCCESSFUL", r.status(t, "w"))
			})
		}
	}
}

// Whoever writes references by hand can name any step.
func TestL3AReferenceThatNoWaitMadeIsRefused(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		returned []Step
		reason   string
	}{
		"to itself":          {[]Step{in("d", takes(outside(4)))}, "doesn't have"},
		"to its graph":       {[]Step{in("d", plain()), in("d", takes(outside(4)))}, "doesn't have"},
		"to what may come":   {[]Step{in("d", takes(outside(1_000)))}, "doesn't have"},
		"to who waits":       {[]Step{in("d", takes(outside(3)))}, "out of reach"},
		"without its catch":  {[]Step{in("d", takes(outside(1)))}, "failure is caught"},
		"caught in a list":   {[]Step{in("d", takes(outsideTried(1), Arg{Kind: ArgList, List: []Arg{outside(1)}}))}, "failure is caught"},
		"caught in a map":    {[]Step{in("d", takes(Arg{Kind: ArgMap, Map: map[string]Arg{"m": outside(1)}}))}, "failure is caught"},
		"of another in wait": {[]Step{some(1, 0, outside(1))}, "failure is caught"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := setupSplit(t)
			r.start(t, "w", in("a", plain()), in("b", plain()), some(1, 0, tried(0), tried(1)), takes(output(2)))
			r.does(t, "a", "1")
			_, err := r.delegate(r.take(t, "f"), false, test.returned...)
			var refused *InputError
			require.ErrorAs(t, err, &refused)
			require.Equal(t, "args", refused.Field)
			require.ErrorContains(t, err, test.reason)
			require.Equal(t, []string{"succeeded", "ready", "succeeded", "running"}, r.states(t, "w"))
		})
	}
}

// Its graph was given up with it, and whoever goes on has caught that graph's failure, not the step's own.
func TestL3WhatFailedInAGivenUpGraphIsOutOfReach(t *testing.T) {
	t.Parallel()
	r := setupSplit(t)
	r.start(t, "w", in("a", plain()), in("b", takes(tried(0))), takes(output(1)))
	_, err := r.delegate(r.take(t, "a"), false, in("c", plain()), takes(output(0)))
	require.NoError(t, err)
	_, _, err = r.fail(r.take(t, "c"), "no", true)
	require.NoError(t, err)
	_, err = r.delegate(r.take(t, "b"), false, in("d", takes(outsideTried(3))))
	var refused *InputError
	require.ErrorAs(t, err, &refused)
	require.ErrorContains(t, err, "out of reach")
}

func decoded(t *testing.T, text string) (values []any) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(text), &values))
	return values
}

func TestL3WhatRemainsFailsAsItWasTaken(t *testing.T) {
	t.Parallel()
	for name, caught := range map[string]bool{"caught": true, "uncaught": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := setupSplit(t)
			arg, later := output, outside
			if caught {
				arg, later = tried, outsideTried
			}
			r.start(t, "w", in("a", plain()), in("b", plain()), some(1, 0, arg(0), arg(1)), takes(output(2)))
			r.does(t, "a", "1")
			r.returns(t, "f", in("c", takes(later(1))))
			r.breaks(t, "b")
			if caught {
				require.NotNil(t, r.take(t, "c").inputs.errors[0])
				return
			}
			require.Equal(t, "FAILED", r.status(t, "w"))

			// What has failed runs again, the split stays.
			before := r.output(t, 2)
			_, err := r.resume("w")
			require.NoError(t, err)
			require.Equal(t, []string{"succeeded", "ready", "succeeded", "delegated", "waiting"}, r.states(t, "w"))
			require.Equal(t, before, r.output(t, 2))
			r.does(t, "b", "2")
			r.does(t, "c", "3")
			require.Equal(t, "SUCCESSFUL", r.status(t, "w"))
		})
	}
}

func TestL4ASplitIsMadeOnce(t *testing.T) {
	t.Parallel()
	r := setupSplit(t)
	r.start(t, "w", in("a", plain()), in("b", plain()), some(1, 0, output(0), output(1)), takes(output(2)))
	r.does(t, "b", "2")
	before := r.output(t, 2)
	h := r.take(t, "f")
	require.NoError(t, r.cancel("w"))
	r.requireSound(t)
	_, err := r.resume("w")
	require.NoError(t, err)
	r.does(t, "a", "1")
	require.Equal(t, before, r.output(t, 2))
	_, err = r.succeed(h, "0", passHand)
	require.NoError(t, err)
	require.Equal(t, "ready", r.states(t, "w")[3], "a body from before the cancel records nothing")
	require.JSONEq(t, before, string(r.take(t, "f").inputs.outputs[0]))
}

func TestL4AWaitKeepsItsDeadlineAndItsCountThroughCancelAndResume(t *testing.T) {
	t.Parallel()
	r := setupSplit(t)
	r.start(t, "w", in("a", plain()), in("b", plain()), in("c", plain()), some(2, time.Minute, output(0), output(1), output(2)), takes(output(3)))
	r.does(t, "a", "1")
	deadline := func() time.Time { return scalar[time.Time](t, r, `select wake_at from weir.steps where no = 3`) }
	first := deadline()
	require.NoError(t, r.cancel("w"))
	_, err := r.resume("w")
	require.NoError(t, err)
	require.True(t, first.Equal(deadline()))
	r.requireSound(t)
	r.does(t, "c", "3")
	r.requireSplit(t, 3, `[1, 3]`, 1)
}

func TestL4ALostWorkerLosesNoSplit(t *testing.T) {
	t.Parallel()
	r := setupSplit(t)
	r.register(t, "again", "f", "b")
	r.start(t, "w", in("a", plain()), in("b", plain()), some(1, 0, output(0), output(1)), takes(output(2)))
	b := r.take(t, "b")
	r.does(t, "a", "1")
	r.returns(t, "f", some(1, 0, outside(1)), takes(output(0)))
	for _, worker := range []string{"b", "f"} {
		done, err := r.retire(worker, true, 5)
		require.NoError(t, err)
		require.True(t, done)
	}
	_, err := r.succeed(b, "0", passHand)
	require.ErrorIs(t, err, ErrLost)
	r.requireSound(t)
	r.does(t, "again", "2")
	r.requireSplit(t, 2, `[1]`, 1)
	r.requireSplit(t, 4, `[2]`)
	r.does(t, "again", "3")
	require.Equal(t, "SUCCESSFUL", r.status(t, "w"))
}

func TestL4WhatRemainsInAGraphThatHasEndedGoesOnAfterAResume(t *testing.T) {
	t.Parallel()
	r := setupSplit(t)
	r.start(t, "w", in("a", plain()), in("f", takes(output(0))))
	r.returns(t, "a", in("b", plain()), in("c", plain()), some(1, 0, output(0), output(1)))
	r.does(t, "b", "1")
	require.Equal(t, []string{"succeeded", "ready", "succeeded", "ready", "succeeded"}, r.states(t, "w"))

	require.NoError(t, r.cancel("w"))
	require.Equal(t, []string{"succeeded", "halted", "succeeded", "halted", "succeeded"}, r.states(t, "w"))
	_, err := r.resume("w")
	require.NoError(t, err)
	r.returns(t, "f", takes(outside(3)))
	r.requireSound(t)
	r.does(t, "c", "2")
	r.does(t, "f", "3")
	require.Equal(t, "SUCCESSFUL", r.status(t, "w"))
}

func TestL4WhatRemainsIsHaltedWhenItsWorkflowEnds(t *testing.T) {
	t.Parallel()
	r := setupSplit(t)
	steps := []Step{in("a", plain()), in("b", plain()), in("c", plain()), expectsFor("k", time.Hour)}
	r.start(t, "w", append(steps, some(1, 0, output(0), output(1), output(2), output(3)), in("d", takes(output(4))))...)
	b := r.take(t, "b")
	r.does(t, "a", "1")
	r.does(t, "d", "5")
	require.Equal(t, "SUCCESSFUL", r.status(t, "w"))
	require.Equal(t, []string{"succeeded", "halted", "halted", "halted", "succeeded", "succeeded"}, r.states(t, "w"))
	require.Nil(t, r.fetch(t, "c"))
	require.Zero(t, r.count(t, "timer")+r.count(t, "event_wait"))
	r.requireSound(t)

	reply, err := r.succeed(b, "2", passHand)
	require.NoError(t, err)
	require.True(t, reply.stopped)
	status, err := r.resume("w")
	require.NoError(t, err)
	require.Equal(t, StatusSuccessful, status)
	require.NoError(t, r.delete("w"))
}

func TestL3ManyRemain(t *testing.T) {
	t.Parallel()
	const width = 2000
	r := setupSplit(t)
	steps := make([]Step, width, width+2)
	all := make([]Arg, width)
	for i := range width {
		steps[i], all[i] = expects(strconv.Itoa(i)), output(i)
	}
	r.start(t, "w", append(steps, some(1, 0, all...), takes(output(width)))...)
	r.sent(t, "700", `"first"`)
	r.fireTimers(t)
	again := make([]Arg, 0, width)
	for i := range width {
		if i != 700 {
			again = append(again, outside(i))
		}
	}
	r.returns(t, "f", some(1, 0, again...))
	r.sent(t, "1999", `"second"`)
	r.fireTimers(t)
	require.Equal(t, "SUCCESSFUL", r.status(t, "w"))
	require.JSONEq(t, `["second"]`, scalar[string](t, r, `select (weir.output('w') -> 'ready')::text`))
	require.Equal(t, width-2, scalar[int](t, r, `select jsonb_array_length(weir.output('w') -> 'remaining')`))
}
