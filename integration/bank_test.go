package integration_test

import (
	"context"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/examples/bank"
)

// Workers and tellers are killed all the time, and tellers start the same transfers.
// Each moves its money once, or is refused for a reason that it has.
func TestTransfersMoveMoneyOnceUnderKills(t *testing.T) {
	t.Parallel()
	const kills = 18
	b := openBank(t)
	for n := range kills {
		b.await(t, len(b.find(is(answered)))+1+b.chance.IntN(20), is(answered))
		b.kill(t, n)
		require.LessOrEqual(t, b.total(t), int64(bankAccounts*bankOpening), "money was made")
	}
	b.close(t)

	outcomes := b.outcomes(t)
	b.tellersAgree(t, outcomes)
	b.startedOnce(t)
	b.addsUp(t, outcomes)
	b.calledOnce(t, outcomes)
	b.answersAreRight(t)
	b.check(t)
}

// killedBank is a bank whose processes are killed.
type killedBank struct {
	*fleet
	chance  *rand.Rand
	workers [2]*process
	tellers [2]*process
}

func openBank(t *testing.T) *killedBank {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	b := &killedBank{fleet: setup(t), chance: seeded(t)}
	b.pastRestart(t)
	for i := range b.workers {
		b.workers[i] = b.launch(t, workerConfig{})
	}
	for i := range bankAccounts {
		account, err := bank.Accounts.GetOrCreate(ctx, b.client, strconv.Itoa(i), bankOpening)
		require.NoError(t, err)
		require.NoError(t, account.Ready(ctx))
	}
	for i := range b.tellers {
		b.launchTeller(t, i)
	}
	return b
}

// launchTeller starts a teller where one of its name has ended: at the first transfer
// that this one has seen no answer of.
func (b *killedBank) launchTeller(t *testing.T, i int) {
	t.Helper()
	name := "teller " + strconv.Itoa(i)
	seen := make(map[string]bool)
	for _, e := range b.find(at("", name, is(answered))) {
		seen[e.Workflow] = true
	}
	first := 0
	for seen[transferID(name, first)] {
		first++
	}
	b.tellers[i] = startProcess(t, envTeller, tellerConfig{b.url, name, first}, b.ledger)
}

// kill kills the four processes by turns, once they work, and starts them again.
func (b *killedBank) kill(t *testing.T, turn int) {
	t.Helper()
	i := turn / 2 % 2
	if turn%2 == 0 {
		b.await(t, 1, by(b.workers[i], is(up)))
		b.workers[i].kill()
		b.workers[i] = b.launch(t, workerConfig{})
		return
	}
	b.await(t, 1, by(b.tellers[i], is(stored)))
	b.tellers[i].kill()
	b.launchTeller(t, i)
}

// close lets the tellers get their last answers.
func (b *killedBank) close(t *testing.T) {
	t.Helper()
	for _, p := range b.tellers {
		b.await(t, 1, by(p, is(up)))
		p.stop(t)
	}
}

func (b *killedBank) total(t *testing.T) int64 {
	t.Helper()
	total, err := bank.Total(t.Context(), b.pool)
	require.NoError(t, err)
	return total
}
