package engine

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/internal/batch"
)

// asleep is a graph of n sleeps until a time, and a step after them.
func asleep(n int, until string) []Step {
	steps := make([]Step, n, n+1)
	all := make([]int, n)
	for i := range n {
		steps[i] = Step{Name: "s", Function: FunctionSleep, Args: []Arg{{Value: fmt.Appendf(nil, `{"until": %q}`, until)}}}
		all[i] = i
	}
	return append(steps, plain(all...))
}

const longAgo = "2020-02-02T20:20:20Z"

func TestTimersOfALockedWorkflowDoNotHoldUpThoseOfOthers(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.start(t, "many", asleep(600, longAgo)...)
	r.start(t, "lone", asleep(1, longAgo)...)
	const fire = `select fired from weir_internal.fire_timers(500)`
	r.passes(t, func(first *rig) { require.NoError(t, first.cancel("many")) }, func(second *rig) {
		require.Equal(t, 1, scalar[int](t, second, fire))
		require.Equal(t, []string{"succeeded", "ready"}, r.states(t, "lone"))
		require.Zero(t, scalar[int](t, second, fire))
	})
	require.Zero(t, scalar[int](t, r, fire)) // canceled

	_, err := r.resume("many")
	require.NoError(t, err)
	require.Equal(t, 500, scalar[int](t, r, fire), "a call does no more than it should")
	require.Equal(t, 100, scalar[int](t, r, fire))
	require.Equal(t, "ready", r.states(t, "many")[600])
}

// Clients call start by themselves, too: what Go refuses can come.
func TestTimersSurviveATimeThatIsNone(t *testing.T) {
	t.Parallel()
	for _, until := range []string{"-infinity", "infinity"} {
		t.Run(until, func(t *testing.T) {
			t.Parallel()
			r := setupRig(t)
			for id, steps := range map[string][]Step{"at once": asleep(1, until), "later": {
				plain(), {Name: "s", Function: FunctionSleep, Args: asleep(1, until)[0].Args, After: []int{0}}, plain(1),
			}} {
				item := &startItem{params: StartParams{ID: id, Graph: Graph{Steps: steps}}}
				item.columns = newStepColumns(&item.params.Graph)
				if err := start(r.ctx, r.db, []*startItem{item}, true); err != nil {
					require.Equal(t, "23", batch.Class(err), "%v", err)
				}
			}
			r.start(t, "lone", asleep(1, longAgo)...)
			require.LessOrEqual(t, scalar[float64](t, r, `select extract(epoch from next_in)::float8 from weir_internal.fire_timers(500)`), 3600.0)
			require.Equal(t, []string{"succeeded", "ready"}, r.states(t, "lone"))
			require.Zero(t, scalar[int](t, r, `select count(*)::int from weir_internal.timer where not isfinite(due)`))
		})
	}
}

// What Go takes the database reads, or the step before the sleep would fail for it.
func TestTimeThatOnlyGoCanReadIsRefused(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	for _, until := range []string{
		"0000-01-01T00:00:00Z", "0001-01-01T00:00:00+01:00", "2026-01-01T00:00:00,5Z", "2026-01-01T00:00:00+20:00", "2026-01-01T00:00:00-20:00",
		"2026-01-01T00:00:00+16:00", "2026-01-01T00:00:00.5Z", "2026-01-01T00:00:00.123456789123Z", "2026-01-01T00:00:00+15:59", "2026-01-01T00:00:00-15:59",
		"0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999-15:59", "2024-02-29T00:00:00Z", "2026-12-31T23:59:59Z",
		"2026-01-01T9:00:00Z", "2026-01-01T24:00:00Z", "2016-12-31T23:59:60Z", "2026-01-01t00:00:00z",
	} {
		params := StartParams{ID: until, Graph: Graph{Steps: []Step{
			plain(), {Name: "s", Function: FunctionSleep, Args: asleep(1, until)[0].Args, After: []int{0}}, plain(1),
		}}}
		if err := params.Validate(Limits{}); err != nil {
			require.ErrorIs(t, err, ErrInput, until)
			continue
		}
		require.NotPanics(t, func() {
			scalar[bool](t, r, `select isfinite(weir_internal.wake_time(jsonb_build_array(jsonb_build_object('v', jsonb_build_object('until', $1::text))), now()))`, until)
		})
	}
}
