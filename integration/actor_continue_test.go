package integration_test

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/sdk"
)

// Whatever is killed, each call adds three times and has its answer: the state that it
// left, the workflow that it went on as, and what that called, are recorded once.
func TestCallsThatContinueAreRecordedOnceUnderKills(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.pastRestart(t)
	const actors, each, kills = 6, 4, 4 // one more loss of a call would be its last
	workers := []*process{f.worker(t, workerConfig{}), f.worker(t, workerConfig{})}
	var handles []sdk.CallHandle[int]
	for i := range actors {
		actor := f.tally(t, strconv.Itoa(i))
		for range each {
			handles = append(handles, calls(t, addThrice, actor, task{Value: 1, LingerMS: 50})...)
		}
	}
	for n := range kills {
		f.await(t, (n+1)*actors*each/2, is(began))
		workers[n%2].kill()
		workers[n%2] = f.worker(t, workerConfig{})
	}
	var want []int
	for range actors {
		want = append(want, 3, 6, 9, 12)
	}
	require.Equal(t, want, answers(t, handles))
	require.Positive(t, read[int64](t, f, "select sum(lost) from weir.actor_calls")[0])
	f.check(t)
}
