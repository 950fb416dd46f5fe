package integration_test

import (
	"bytes"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// One connection is dead and nobody is told: a firewall has forgotten it. The
// worker beats on through another one, so nobody takes its work over.
func TestAConnectionThatDiesInSilenceDoesNotHoldUpAWorker(t *testing.T) {
	t.Parallel()
	f := setup(t)
	var cut atomic.Bool
	dead := make(chan struct{})
	over := make(chan struct{})
	network := startProxy(t, f.url, func(*proxy) tap {
		return tap{
			asked: func(chunk []byte) bool {
				if bytes.Contains(chunk, []byte("only once")) && cut.CompareAndSwap(false, true) {
					close(dead)
					<-over
				}
				return true
			},
			answered: untapped,
		}
	})
	t.Cleanup(func() { close(over) })
	p := f.worker(t, workerConfig{URL: network.url(t, f.url)})
	id := f.workerID(t, p)

	unheard := f.start(t, "unheard", node(work, "next", task{Value: 1}, node(work, "only once", task{Value: 1})))
	<-dead
	died := time.Now()
	require.Equal(t, mixedValue, wait(t, f.start(t, "another", mixed(0))).Value)
	t.Logf("another workflow was done %s after the connection died", time.Since(died).Round(time.Millisecond))
	require.Equal(t, 2, wait(t, unheard).Value)
	t.Logf("its own workflow was done after %s", time.Since(died).Round(time.Millisecond))
	require.Equal(t, id, f.workerID(t, p), "the worker lived on")
	f.check(t)
}

// The old connections never hear again, not even that they are dead: as when the
// router between was replaced.
func TestAWorkerComesBackThoughItsConnectionsNeverHearAgain(t *testing.T) {
	t.Parallel()
	f := setup(t)
	past, future := startProxy(t, f.url, nil), startProxy(t, f.url, nil)
	network := startProxy(t, past.url(t, f.url), nil)
	island := f.worker(t, workerConfig{URL: network.url(t, f.url)})
	listening := f.start(t, "listening", node(work, "held", task{Value: 1, Gate: "late"}))
	deaf := f.start(t, "deaf", node(work, "held", task{Value: 1, Gate: "late", Deaf: true}))
	f.awaitHeld(t, 2)
	first := f.workerID(t, island)
	other := f.worker(t, workerConfig{})

	past.partition()
	island.open(t, "late") // a checkpoint goes into the void
	wait(t, listening)
	wait(t, deaf)
	before := f.story(t)
	network.leadTo(t, future.url(t, f.url))
	opened := time.Now()

	f.awaitNewID(t, island, first)
	t.Logf("it came back %s after a way was open", time.Since(opened).Round(time.Millisecond))
	other.stop(t)
	require.Equal(t, island.pid(), wait(t, f.start(t, "back", node(work, "back", task{}))).PID, "it works again")
	t.Logf("it worked again after %s", time.Since(opened).Round(time.Millisecond))
	f.forget(t, "back")
	island.stop(t)
	require.Equal(t, before, f.story(t))
	f.check(t)
}
