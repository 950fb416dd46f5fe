package integration_test

import (
	"context"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/examples/bank"
	"github.com/pgweir/weir/sdk"
)

// transfer is one that was made, or refused.
type transfer struct {
	from, to int
	amount   int64
	err      error
}

// Processes are killed all the time; no money is lost, and none is made.
func TestMoneyIsConservedUnderKills(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.pastRestart(t)
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
	defer cancel()
	const accounts, starters, kills = 6, 8, 8
	workers := []*process{f.worker(t, workerConfig{}), f.worker(t, workerConfig{})}
	for i := range accounts {
		_, err := bank.Accounts.GetOrCreate(ctx, f.client, strconv.Itoa(i), 100)
		require.NoError(t, err)
	}

	var (
		all    sync.WaitGroup
		mu     sync.Mutex
		made   []transfer
		closed = make(chan struct{})
	)
	for starter := range starters {
		chance := rand.New(rand.NewPCG(1, uint64(starter)))
		all.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-closed:
					return
				default:
				}
				to := chance.IntN(accounts + 1) // the last one doesn't exist
				do := transfer{from: chance.IntN(accounts), to: to, amount: 1 + chance.Int64N(80)}
				root := bank.Transfer(strconv.Itoa(do.from), strconv.Itoa(to), do.amount)
				_, do.err = sdk.Run(ctx, f.client, root, sdk.StartOpts{ID: strconv.Itoa(starter) + "-" + strconv.Itoa(n)})
				mu.Lock()
				made = append(made, do)
				mu.Unlock()
			}
		})
	}
	for n := range kills {
		<-time.After(time.Second) // of work between two kills
		workers[n%2].kill()
		workers[n%2] = f.worker(t, workerConfig{})
	}
	close(closed)
	all.Wait()

	balances := make([]int64, accounts)
	for i := range balances {
		balances[i] = 100
	}
	done := 0
	for _, do := range made {
		if do.err != nil {
			var failed *sdk.StepError
			require.ErrorAs(t, do.err, &failed)
			continue
		}
		done++
		balances[do.from] -= do.amount
		balances[do.to] += do.amount
	}
	t.Logf("%d of %d transfers were made", done, len(made))
	require.Positive(t, done)
	require.Positive(t, len(made)-done)
	require.Equal(t, balances, read[int64](t, f, "select (state ->> 'balance')::bigint from weir.actors order by actor_id"))
	total, err := bank.Total(ctx, f.pool)
	require.NoError(t, err)
	require.Equal(t, int64(100*accounts), total)
	f.check(t)
}
