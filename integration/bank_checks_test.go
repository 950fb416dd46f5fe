package integration_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/examples/bank"
	"github.com/pgweir/weir/sdk"
)

// outcomes returns what each transfer came to, whoever started it and is no more.
func (b *killedBank) outcomes(t *testing.T) map[string]string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	outcomes := make(map[string]string)
	counts := make(map[string]int)
	for _, id := range read[string](t, b.fleet, "select workflow_id from weir.workflows") {
		_, err := sdk.Attach[int64](b.client, id).Wait(ctx)
		outcomes[id] = outcomeOf(err)
		counts[outcomes[id]]++
	}
	t.Logf("%d transfers: %v", len(outcomes), counts)
	for _, outcome := range []string{transferMade, transferRefused, transferReturned} {
		require.Positive(t, counts[outcome], outcome)
		delete(counts, outcome)
	}
	require.Empty(t, counts, "nothing else happens to a transfer")
	return outcomes
}

// tellersAgree compares what tellers were told with what is stored: of one transfer all
// are told the same.
func (b *killedBank) tellersAgree(t *testing.T, outcomes map[string]string) {
	t.Helper()
	for _, e := range b.find(is(answered)) {
		require.Equal(t, outcomes[e.Workflow], e.Detail, "%s was told of %q", e.Step, e.Workflow)
	}
}

// startedOnce looks for a transfer that two starts have made. Most have more starts: by
// both tellers, or by a teller that was killed and by its successor.
func (b *killedBank) startedOnce(t *testing.T) {
	t.Helper()
	starts := b.find(is(stored))
	starters := make(map[place]bool)  // each transfer with each teller that has started it
	creations := make(map[string]int) // and how many starts say that they have made it
	for _, e := range starts {
		starters[e.place()] = true
		made := creations[e.Workflow]
		if e.Detail == startCreated {
			made++
		}
		creations[e.Workflow] = made
	}
	for id, n := range creations {
		require.LessOrEqual(t, n, 1, "%q was made by %d starts", id, n)
	}
	both := len(starters) - len(creations)
	unanswered := len(starts) - len(b.find(is(answered)))
	t.Logf("%d were started by both tellers, %d starts were not answered before a kill", both, unanswered)
	require.Positive(t, both)
	require.Positive(t, unanswered)
}

// addsUp compares the balances with those that the outcomes make.
func (b *killedBank) addsUp(t *testing.T, outcomes map[string]string) {
	t.Helper()
	balances := make([]int64, bankAccounts)
	for i := range balances {
		balances[i] = bankOpening
	}
	for id, outcome := range outcomes {
		do := transferOf(id)
		if outcome != transferRefused {
			require.Equal(t, do.to == bankAccounts, outcome == transferReturned, "%q, to %d, was %s", id, do.to, outcome)
		}
		if outcome == transferMade {
			balances[do.from] -= do.amount
			balances[do.to] += do.amount
		}
	}
	require.Equal(t, balances, read[int64](t, b.fleet, "select (state ->> 'balance')::bigint from weir.actors order by actor_id"))
	require.Equal(t, int64(bankAccounts*bankOpening), b.total(t))
}

// calledOnce counts the calls: one takes the money, one gives it, or gives it back.
func (b *killedBank) calledOnce(t *testing.T, outcomes map[string]string) {
	t.Helper()
	taken := 0
	for _, outcome := range outcomes {
		if outcome != transferRefused {
			taken++
		}
	}
	const countSQL = "select count(*) from weir.actor_calls where method = $1"
	require.Equal(t, int64(len(outcomes)), read[int64](t, b.fleet, countSQL, bank.Withdraw.Name)[0])
	require.Equal(t, int64(taken), read[int64](t, b.fleet, countSQL, bank.Deposit.Name)[0])
	require.Positive(t, read[int64](t, b.fleet, `
select (select count(*) from weir.attempts where lost) + (select sum(lost) from weir.actor_calls)`)[0], "no kill met a body")
}

// answersAreRight goes through the calls of each account in their order: who was
// refused was so because there was too little just then, and who wasn't had enough.
func (b *killedBank) answersAreRight(t *testing.T) {
	t.Helper()
	require.Empty(t, read[string](t, b.fleet, `
with
  calls as (
    select actor_id, seq, method, status, error, (args #>> '{}')::bigint as amount
    from weir.actor_calls
    where method <> ''
  ),
  changes as (
    select *, case when status <> 'SUCCESSFUL' then 0 when method = 'deposit' then amount else -amount end as change
    from calls
  ),
  balances as (
    select *, $1 + sum(change) over (partition by actor_id order by seq) - change as balance
    from changes
  )
select format('%s %s of %s, balance %s: %s %s', actor_id, method, amount, balance, status, error)
from balances
where status <> case when method = 'deposit' or amount <= balance then 'SUCCESSFUL' else 'FAILED' end`, bankOpening))
}
