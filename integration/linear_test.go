package integration_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// nemesisTime is how long the faults last.
const nemesisTime = 25 * time.Second

// Writers 1 to 3 are in the processes that the faults meet and that run the calls,
// 4 and 5 in one that is spared and runs none.
func TestActorsAreLinearizableUnderKillsPausesAndPartitions(t *testing.T) {
	t.Parallel()
	f := setup(t)
	n := &nemesis{fleet: f, chance: seeded(t)}
	for writer := range 3 {
		n.settle(t, writer+1)
	}
	own, err := newScribe(t.Context(), f.client, func(e event) {
		e.PID, e.At = os.Getpid(), time.Now()
		f.add(e)
	})
	require.NoError(t, err)
	writing, enough := context.WithCancel(t.Context())
	defer enough()
	own.work(writing, 4)
	own.work(writing, 5)

	for end := time.Now().Add(nemesisTime); time.Now().Before(end); {
		n.strike(t)
	}
	n.relent(t)
	enough()
	own.busy.Wait()
	for _, i := range n.islands {
		i.process.terminate(t)
	}
	for _, i := range n.islands {
		i.process.awaitLeave(t)
	}

	end := time.Now()
	events := f.find(func(e event) bool { return e.Kind == asked || e.Kind == answered })
	calls, queries := history(t, events, registerID, end)
	recorded := f.requireRecorded(t, registerModel, registerID, calls)
	require.NoError(t, checkQueries(queries, calls, committed(recorded)))
	f.requireLinearizable(t, registerModel, registerID, calls, end)
	t.Logf("register: %d calls, %d recorded, %d queries", len(calls), len(recorded), len(queries))

	calls, _ = history(t, events, setID, end)
	recorded = f.requireRecorded(t, setModel, setID, calls)
	f.requireLinearizable(t, setModel, setID, calls, end)
	t.Logf("set: %d calls, %d recorded", len(calls), len(recorded))
	t.Logf("%d kills, %d pauses, %d partitions; %d attempts lost", n.kills, n.pauses, n.partitions,
		read[int64](t, f, "select sum(lost) from weir.actor_calls")[0])
	f.check(t)
}
