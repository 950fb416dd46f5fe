package integration_test

import (
	"context"
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/sdk"
)

// descend calls itself, and adds 1 for each link on the way back. Its last link
// does a task.
var descend = sdk.Step2[int, task, result]{Name: "descend", Retry: quickly}

func (w *worker) descend(ctx context.Context, links int, last task) (sdk.Ref[result], error) {
	if links == 0 {
		got, err := w.perform(ctx, last, nil)
		return sdk.Val(got), err
	}
	if _, err := w.perform(ctx, task{}, nil); err != nil {
		return sdk.Ref[result]{}, err
	}
	return work.Bind(sdk.Val(task{Value: 1}), sdk.All(descend.Call(links-1, last))), nil
}

func TestC4ARecursionWhoseWorkerIsKilledGoesOnAtItsLastLink(t *testing.T) {
	t.Parallel()
	// No multiple of the steps that a thread takes in a row: the token of the last
	// link is also that of links before it.
	const links = 3_025
	const stage = 500 // links, each of which adds two steps: what patience is for, down and up
	f := setup(t)
	f.pastRestart(t)
	workers := []*process{f.worker(t, workerConfig{}), f.worker(t, workerConfig{})}

	started := time.Now()
	handle := f.start(t, "deep", descend.Call(links, task{Value: 1, Gate: "never"}))
	for n := stage; n <= links; n += stage {
		eventually[bool](t, f, "select true from weir.workflows where steps > 2 * $1::integer", n)
	}
	held := f.await(t, 1, is(waits))[0]
	t.Logf("%d links returned within %s", links, time.Since(started).Round(time.Millisecond))
	require.Equal(t, int64(links), read[int64](t, f, "select count(*) from weir.steps where state = 'delegated'")[0])

	killed := time.Now()
	for _, p := range workers {
		if p.pid() == held.PID {
			p.kill()
		}
	}
	again := f.await(t, 1, attempt(2, is(began)))
	_, took := span(killed, again)
	t.Logf("the last link began elsewhere %s after kill -9", took)
	require.Less(t, took, bound(2*time.Second))
	for n := links - stage; n > 0; n -= stage {
		eventually[bool](t, f, "select true from weir.steps where no = 2 * $1::integer and state = 'succeeded'", n)
	}
	require.Equal(t, links+1, wait(t, handle).Value)

	runs := make(map[place]int)
	for _, e := range f.await(t, 2*links+2, is(began)) {
		runs[e.place()]++
	}
	require.Len(t, runs, 2*links+1)
	maps.DeleteFunc(runs, func(_ place, n int) bool { return n == 1 })
	require.Equal(t, map[place]int{held.place(): 2}, runs, "only what was lost runs again")

	// A claim is one epoch and one attempt; what takes a step away is an epoch more.
	require.Equal(t, []string{held.Step + ": epoch 3, attempt 2, lost 1"}, read[string](t, f, `
select format('%s: epoch %s, attempt %s, lost %s', name, epoch, attempt, lost)
from weir_internal.step
where epoch > 1 or attempt > 1 or lost > 0`))
	require.Equal(t, int64(1), f.attemptsLost(t))
	f.check(t)
}
