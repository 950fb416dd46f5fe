package integration_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/examples/bank"
	"github.com/pgweir/weir/sdk"
)

// envBanker makes the test binary a process that has money moved, and moves none.
const envBanker = "WEIR_INTEGRATION_BANKER"

// bankerConfig are series of transfers, of which each is known by its number: bankers
// with the same ones start the same transfers.
type bankerConfig struct {
	URL      string
	Accounts int
	Series   int
}

// transfer is one of a series, from an account to one of them or to nobody.
type transfer struct {
	from, to int
	amount   int64
}

func (c *bankerConfig) transfer(series, n int) transfer {
	chance := rand.New(rand.NewPCG(uint64(series), uint64(n)))
	return transfer{from: chance.IntN(c.Accounts), to: chance.IntN(c.Accounts + 1), amount: 1 + chance.Int64N(80)}
}

func bankerMain(text string) int {
	var config bankerConfig
	if err := json.Unmarshal([]byte(text), &config); err != nil {
		return complain(err)
	}
	client, pool, err := connected(config.URL)
	if err != nil {
		return complain(err)
	}
	w := &worker{}
	for series := range config.Series {
		go func() {
			var n int
			const madeSQL = `select count(*) from weir.workflows where workflow_id like $1 || '-%'`
			err := pool.QueryRow(context.Background(), madeSQL, strconv.Itoa(series)).Scan(&n)
			for ; err == nil; n++ {
				err = config.move(client, series, n)
			}
			w.tell(event{Kind: ended, Detail: err.Error()})
		}()
	}
	<-time.After(3 * patience) // to be killed
	return 1
}

// move has a transfer made, or refused for a reason that there may be.
func (c *bankerConfig) move(client *sdk.Client, series, n int) error {
	do := c.transfer(series, n)
	root := bank.Transfer(strconv.Itoa(do.from), strconv.Itoa(do.to), do.amount)
	_, err := sdk.Run(context.Background(), client, root, sdk.StartOpts{ID: fmt.Sprintf("%d-%d", series, n)})
	if errors.Is(err, bank.ErrTooLittle) || errors.Is(err, bank.ErrReturned) {
		return nil
	}
	return err
}

// Processes that move money, and those that have it moved, are killed all the time. Each
// transfer is started by two of these; no money is lost, and none is made.
func TestMoneyIsConservedUnderKills(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.pastRestart(t)
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
	defer cancel()
	const accounts, kills = 6, 16
	config := bankerConfig{URL: f.url, Accounts: accounts, Series: 16}
	banker := func() *process { return startProcess(t, envBanker, config, f.ledger) }
	workers := []*process{f.worker(t, workerConfig{}), f.worker(t, workerConfig{})}
	for i := range accounts {
		_, err := bank.Accounts.GetOrCreate(ctx, f.client, strconv.Itoa(i), 100)
		require.NoError(t, err)
	}
	bankers := []*process{banker(), banker()}
	for n := range kills {
		<-time.After(600 * time.Millisecond) // of work between two kills
		if victim := n / 2 % 2; n%2 == 0 {
			workers[victim].kill()
			workers[victim] = f.worker(t, workerConfig{})
		} else {
			bankers[victim].kill()
			bankers[victim] = banker()
		}
	}
	bankers[0].kill()
	bankers[1].kill()
	eventually[bool](t, f, "select true where not exists (select from weir.workflows where finished_at is null)")
	require.Empty(t, f.find(is(ended)), "bankers know each reason")

	balances := make([]int64, accounts)
	for i := range balances {
		balances[i] = 100
	}
	for _, id := range read[string](t, f, "select workflow_id from weir.workflows where status = 'SUCCESSFUL'") {
		var series, n int
		_, err := fmt.Sscanf(id, "%d-%d", &series, &n)
		require.NoError(t, err)
		do := config.transfer(series, n)
		balances[do.from] -= do.amount
		balances[do.to] += do.amount
	}
	require.Equal(t, balances, read[int64](t, f, "select (state ->> 'balance')::bigint from weir.actors order by actor_id"))
	total, err := bank.Total(ctx, f.pool)
	require.NoError(t, err)
	require.Equal(t, int64(100*accounts), total)

	ends := make(map[string]int)
	for _, end := range read[string](t, f, "select coalesce(error ->> 'type', status) from weir.workflows") {
		ends[end]++
	}
	t.Log("transfers: ", ends)
	for _, end := range []string{"SUCCESSFUL", bank.ErrTooLittle.ErrorType(), bank.ErrReturned.ErrorType()} {
		require.Positive(t, ends[end], end)
		delete(ends, end)
	}
	require.Empty(t, ends, "other reasons")
	f.check(t)
}
