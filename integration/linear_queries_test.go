package integration_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"
)

// committed returns, for each state that a register had, which of its calls led to
// it, of calls as they are stored.
func committed(recorded []porcupine.Operation) map[register]int {
	places := map[register]int{{}: 0}
	for i, o := range recorded {
		ask, got := o.Input.(request), o.Output.(*reply)
		if state, changes := led(ask, got); changes {
			places[state] = i + 1
		}
	}
	return places
}

// led returns the state that a call led to, if it says.
func led(ask request, got *reply) (state register, says bool) {
	switch {
	case ask.Do == doRead, ask.Do == doPeek:
		return register{got.Value, got.By}, true
	case ask.Do == doWrite, got.OK:
		return register{ask.To, got.Run}, true
	}
	return register{}, false
}

var (
	errUncommitted = errors.New("was never committed")
	errStale       = errors.New("is older than what was known when it was asked for")
)

// checkQueries says which of a register's queries saw what it may not: a state that
// wasn't committed, or one from before a query of the same reader or a call that had
// been answered.
func checkQueries(queries, calls []porcupine.Operation, places map[register]int) error {
	newest := make(map[int]int) // by reader
	for _, q := range queries {
		state, _ := led(q.Input.(request), q.Output.(*reply))
		place, known := places[state]
		if !known {
			return fmt.Errorf("%v %w", state, errUncommitted)
		}
		floor := newest[q.ClientId]
		for _, c := range calls {
			got := c.Output.(*reply)
			if got == nil || c.Return >= q.Call {
				continue
			}
			if known, says := led(c.Input.(request), got); says {
				floor = max(floor, places[known])
			}
		}
		if place < floor {
			return fmt.Errorf("%v %w", state, errStale)
		}
		newest[q.ClientId] = place
	}
	return nil
}

func TestTheCheckOfQueriesFindsWhatWasNeverCommittedAndWhatIsStale(t *testing.T) {
	t.Parallel()
	calls := []porcupine.Operation{
		during(1, 2, request{Do: doWrite, To: 1}, &reply{Run: 1}),
		during(3, 9, request{Do: doSwap, From: 1, To: 2}, &reply{Run: 2, OK: true}),
		during(4, 5, request{Do: doSwap, From: 7, To: 3}, &reply{Run: 3}),
	}
	check := func(queries ...porcupine.Operation) error { return checkQueries(queries, calls, committed(calls)) }
	query := func(call int64, value int) porcupine.Operation {
		return during(call, call+1, request{Do: doPeek}, &reply{Value: value, By: value})
	}
	require.NoError(t, check(query(1, 0), query(3, 1), query(4, 1), query(5, 2), query(10, 2)))
	require.ErrorIs(t, check(query(6, 3)), errUncommitted)
	require.ErrorIs(t, check(query(3, 0)), errStale)
	require.ErrorIs(t, check(query(4, 2), query(6, 1)), errStale)
	require.ErrorIs(t, check(query(10, 1)), errStale)
}
