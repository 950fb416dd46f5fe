package integration_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/sdk"
)

func TestStepsOfAStoppedWorkerContinueElsewhereAtOnce(t *testing.T) {
	t.Parallel()
	f := setup(t)
	leaver := f.worker(t, workerConfig{SoftStop: 700 * time.Millisecond})
	patient := f.start(t, "patient", family("never"))
	chain := node(work, "chain_1", task{Value: 1, Gate: "soon"})
	chain = node(work, "chain_2", task{Value: 1}, chain)
	yielding := f.start(t, "yielding", chain)
	f.awaitHeld(t, familyHeld+1)
	f.worker(t, workerConfig{})

	leaver.terminate(t)
	eventually[string](t, f, "select id from weir.workers where pid = $1 and draining", leaver.pid())
	leaver.open(t, "soon")

	require.Equal(t, 2, wait(t, yielding).Value)
	require.Equal(t, familyValue, wait(t, patient).Value)
	leaver.awaitLeave(t)

	finished := f.find(at("yielding", "chain_1", is(ended)))
	require.Len(t, finished, 1)
	require.Equal(t, leaver.pid(), finished[0].PID, "a body that ends in time is recorded")
	yielded := f.find(at("yielding", "chain_2", is(began)))
	require.Len(t, yielded, 1)
	require.NotEqual(t, leaver.pid(), yielded[0].PID, "a chain yields at a step boundary")
	hop := yielded[0].At.Sub(finished[0].At).Round(time.Millisecond)
	t.Logf("a chain continued %s after its step ended", hop)
	require.Less(t, hop, bound(300*time.Millisecond))

	stopped := f.find(is(cancelled))
	require.Len(t, stopped, familyHeld)
	again := f.find(attempt(2, is(began)))
	require.ElementsMatch(t, places(stopped), places(again))
	_, last := span(stopped[0].At, again)
	t.Logf("%d steps began elsewhere within %s of being cancelled by a graceful stop", len(again), last)
	require.Less(t, last, bound(300*time.Millisecond))

	require.Zero(t, f.attemptsLost(t))
	require.Equal(t, int64(0), read[int64](t, f, "select coalesce(sum(lost), 0)::bigint from weir.steps")[0])
	f.check(t)
}

// All tokens of one workflow are given back at the same time.
func TestAWideFanOutOfAStoppedWorkerContinuesElsewhereAtOnce(t *testing.T) {
	t.Parallel()
	const width = 60
	f := setup(t)
	config := workerConfig{Slots: width, SoftStop: time.Millisecond}
	leaver := f.worker(t, config)
	wide := make([]sdk.Ref[result], width)
	for i := range wide {
		wide[i] = node(work, fmt.Sprintf("wide_%d", i), task{Value: 1, Gate: "never"})
	}
	handle := f.start(t, "wide", node(work, "sum", task{}, wide...))
	f.awaitHeld(t, width)
	f.worker(t, config)

	leaver.stop(t)
	require.Equal(t, width, wait(t, handle).Value)

	again := f.find(attempt(2, is(began)))
	require.Len(t, again, width)
	first, last := span(f.find(is(cancelled))[0].At, again)
	t.Logf("%d steps of one workflow began elsewhere %s to %s after being cancelled by a graceful stop", width, first, last)
	require.Less(t, last, bound(300*time.Millisecond))
	require.Zero(t, f.attemptsLost(t))
	f.check(t)
}
