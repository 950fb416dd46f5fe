package integration_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/sdk"
)

func TestStepsOfAKilledWorkerRunElsewhereWithinTwoSeconds(t *testing.T) {
	t.Parallel()
	const workflows = 7
	f := setup(t)
	f.pastRestart(t)
	workers := []*process{f.worker(t, workerConfig{}), f.worker(t, workerConfig{}), f.worker(t, workerConfig{})}

	var handles []sdk.Handle[result]
	for i := range workflows {
		handles = append(handles, f.start(t, fmt.Sprintf("family-%d", i), family("gate")))
	}
	before := f.awaitFamilies(t, workflows)
	victim := slices.MaxFunc(workers, func(a, b *process) int { return len(before[a.pid()]) - len(before[b.pid()]) })
	victimID := f.workerID(t, victim)
	lost := before[victim.pid()]
	require.NotEmpty(t, lost)

	killed := time.Now()
	victim.kill()
	again := f.await(t, len(lost), attempt(2, is(began)))

	first, last := span(killed, again)
	t.Logf("%d steps of a killed worker began elsewhere %s to %s after kill -9", len(lost), first, last)
	require.Less(t, last, bound(2*time.Second))
	for _, p := range workers {
		if p != victim {
			p.open(t, "gate")
		}
	}
	for _, handle := range handles {
		require.Equal(t, familyValue, wait(t, handle).Value)
	}

	require.ElementsMatch(t, lost, places(f.find(attempt(2, is(began)))), "only what was lost runs again")
	require.Len(t, f.find(is(began)), workflows*familySteps+len(lost), "what is recorded never runs again")
	require.ElementsMatch(t, lost, f.lostPlaces(t, victimID))
	require.Equal(t, int64(len(lost)), f.attemptsLost(t), "no other worker lost any")
	require.Equal(t, int64(workflows), read[int64](t, f, "select count(*) from public.wrote")[0])
	f.check(t)
}

// lostPlaces returns the steps whose first attempt is recorded as lost with a
// worker.
func (f *fleet) lostPlaces(t *testing.T, worker string) []place {
	t.Helper()
	var found []place
	for _, pair := range read[[]string](t, f,
		"select array[workflow_id, step] from weir.attempts where lost and worker = $1 and attempt = 1", worker) {
		found = append(found, place{pair[0], pair[1]})
	}
	return found
}
