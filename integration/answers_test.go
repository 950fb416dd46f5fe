package integration_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/sdk"
)

func TestWorkflowsFinishThoughAnswersAreLost(t *testing.T) {
	t.Parallel()
	const workflows, starters = 200, 8
	f := setup(t)
	lossy := &lossy{chance: seeded(t), oneIn: 60}
	network := startProxy(t, f.url, lossy.tap)
	for range 2 {
		f.worker(t, workerConfig{URL: network.url(t, f.url)})
	}
	lossy.left.Store(lossyCuts)

	pool, err := smallPool(network.url(t, f.url))
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	client, err := sdk.New(sdk.Config{Pool: pool})
	require.NoError(t, err)
	var created atomic.Int64
	var starting sync.WaitGroup
	for i := range starters {
		starting.Go(func() {
			for n := i; n < workflows; n += starters {
				if startSurely(t, client, fmt.Sprintf("lossy-%d", n)) {
					created.Add(1)
				}
			}
		})
	}
	starting.Wait()
	require.LessOrEqual(t, created.Load(), int64(workflows))
	for n := range workflows {
		got := wait(t, sdk.Attach[result](f.client, fmt.Sprintf("lossy-%d", n)))
		require.Equal(t, mixedValue, got.Value)
	}

	t.Logf("%d of %d starts were told that they created the workflow", created.Load(), workflows)
	made := lossyCuts - lossy.left.Load()
	t.Logf("%d connections were cut", made)
	require.NotZero(t, made)
	f.recordedOnce(t, workflows)
	f.check(t)
}

// startSurely starts a workflow until it is told that it is there, and returns
// whether it was told that it has created it.
func startSurely(t *testing.T, client *sdk.Client, id string) (created bool) {
	for t.Context().Err() == nil {
		handle, err := sdk.Start(t.Context(), client, mixed(0), sdk.StartOpts{ID: id})
		if err == nil {
			return handle.Created()
		}
	}
	return false
}

// lossyCuts bounds the cuts: the test has to end.
const lossyCuts = 80

// lossy cuts connections at random: some before the server has heard, most after
// it has acted and before its answer.
type lossy struct {
	oneIn int          // the chance of an answer to be lost
	left  atomic.Int64 // cuts to be made

	mu     sync.Mutex
	chance *rand.Rand
}

func (l *lossy) tap(*proxy) tap {
	return tap{
		asked:    func([]byte) bool { return l.passes(3 * l.oneIn) },
		answered: func([]byte) bool { return l.passes(l.oneIn) },
	}
}

func (l *lossy) passes(oneIn int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.left.Load() == 0 || l.chance.IntN(oneIn) > 0 {
		return true
	}
	l.left.Add(-1)
	return false
}
