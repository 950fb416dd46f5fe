package integration_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/sdk"
)

func TestAWorkerThatIsCutOffFencesItselfBeforeOthersTakeOver(t *testing.T) {
	t.Parallel()
	f := setup(t)
	network := startProxy(t, f.url, nil)
	island := f.worker(t, workerConfig{URL: network.url(t, f.url)})
	listening := task{Value: 1, Gate: "late"}
	deaf := task{Value: 1, Gate: "late", Deaf: true}
	handles := []sdk.Handle[result]{
		f.start(t, "listening", node(work, "next", task{Value: 1}, node(work, "held", listening))),
		f.start(t, "listening in a transaction", node(work, "next", task{Value: 1}, node(workTx, "held", listening))),
		f.start(t, "deaf", node(work, "next", task{Value: 1}, node(work, "held", deaf))),
		f.start(t, "deaf in a transaction", node(work, "next", task{Value: 1}, node(workTx, "held", deaf))),
		f.start(t, "deaf continuation", node(work, "next", task{Value: 1}, node(unfold, "held", deaf))),
	}
	f.awaitHeld(t, len(handles))
	first := f.workerID(t, island)
	other := f.worker(t, workerConfig{})

	network.partition()
	fenced := f.await(t, len(handles), by(island, is(cancelled)))
	island.open(t, "late") // some body ends on the island, and wants to be recorded
	for _, handle := range handles {
		wait(t, handle)
	}
	for _, heard := range fenced {
		again := f.find(at(heard.Workflow, "held", attempt(2, is(began))))
		require.Len(t, again, 1)
		require.Equal(t, other.pid(), again[0].PID)
		require.Less(t, heard.At, again[0].At, "%s: nobody takes over what its worker still believes in", heard.Workflow)
		t.Logf("%s: fenced %s before the takeover", heard.Workflow, again[0].At.Sub(heard.At).Round(1e6))
		require.Equal(t, causeLost, heard.Detail)
	}

	require.Equal(t, 4, wait(t, handles[4]).Value)

	before := f.story(t)
	network.heal() // its late words arrive
	f.awaitNewID(t, island, first)
	require.Equal(t, before, f.story(t))
	other.stop(t)
	require.Equal(t, island.pid(), wait(t, f.start(t, "back", node(work, "back", task{}))).PID, "it works again")
	f.forget(t, "back")
	island.stop(t)
	require.Equal(t, before, f.story(t))
	require.Equal(t, int64(len(handles)), f.attemptsLost(t))
	f.check(t)
}
