package integration_test

import (
	"bytes"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/sdk"
)

// leaseEnd is when the work of a worker that says nothing is taken over at the
// latest: its lease of 5 s, and the sweep after it.
const leaseEnd = 6 * time.Second

func TestATransactionPausedBeforeItsCommitHoldsUpItsOwnStepOnly(t *testing.T) {
	t.Parallel()
	f := setup(t)
	paused := f.worker(t, workerConfig{})
	inTx := f.start(t, "in a transaction", node(work, "next", task{Value: 1}, node(workTx, "tx", task{Value: 1, Gate: "late", Deaf: true})))
	beside := f.start(t, "beside it", node(work, "next", task{Value: 1}, node(work, "held", task{Value: 1, Gate: "never"})))
	f.awaitHeld(t, 2)
	other := f.worker(t, workerConfig{})

	stopped := time.Now()
	paused.pause(t)
	f.othersGoOn(t, other, stopped)
	for _, handle := range []sdk.Handle[result]{inTx, beside} {
		require.Equal(t, 2, wait(t, handle).Value)
	}
	f.takenOver(t, stopped, 2)

	before := f.story(t)
	paused.open(t, "late") // the body goes on, and wants its commit
	paused.resume(t)
	other.stop(t)
	paused.stop(t)
	require.Equal(t, before, f.story(t))
	require.Equal(t, []int{other.pid()}, read[int](t, f, "select pid from public.wrote where step = 'tx'"))
	f.check(t)
}

// The worst moment: the checkpoint is made and its locks are held, and the word
// that commits never arrives.
func TestATransactionCutOffAtItsCommitHoldsUpOthersNoLongerThanTheLease(t *testing.T) {
	t.Parallel()
	f := setup(t)
	commit := make(chan struct{})
	network := startProxy(t, f.url, func(p *proxy) tap {
		ofBody := commitOfBody()
		return tap{
			asked: func(chunk []byte) bool {
				if ofBody(chunk) {
					p.partition()
					close(commit)
				}
				return true
			},
			answered: untapped,
		}
	})
	island := f.worker(t, workerConfig{URL: network.url(t, f.url)})
	inTx := f.start(t, "in a transaction", node(work, "next", task{Value: 1}, node(workTx, "tx", task{Value: 1, Gate: "soon"})))
	beside := f.start(t, "beside it", node(work, "next", task{Value: 1}, node(work, "held", task{Value: 1, Gate: "never"})))
	f.awaitHeld(t, 2)
	other := f.worker(t, workerConfig{})

	stopped := time.Now()
	island.open(t, "soon")
	<-commit
	f.othersGoOn(t, other, stopped)
	for _, handle := range []sdk.Handle[result]{inTx, beside} {
		require.Equal(t, 2, wait(t, handle).Value)
	}
	f.takenOver(t, stopped, 2)

	before := f.story(t)
	network.heal() // the commit arrives
	other.stop(t)
	island.stop(t)
	require.Equal(t, before, f.story(t))
	require.Equal(t, []int{other.pid()}, read[int](t, f, "select pid from public.wrote where step = 'tx'"))
	f.check(t)
}

func TestACommitWhoseAnswerIsLostIsRecordedOnce(t *testing.T) {
	t.Parallel()
	f := setup(t)
	network := startProxy(t, f.url, loseAnswerTo(commitOfBody))
	f.worker(t, workerConfig{URL: network.url(t, f.url)})

	tx := node(workTx, "tx", task{Value: 1})
	got := wait(t, f.start(t, "unsure", node(work, "next", task{Value: 1}, tx)))
	require.Equal(t, 2, got.Value)
	require.Equal(t, []int{1}, read[int](t, f, "select attempt from public.wrote"))
	require.Len(t, f.find(at("", "tx", is(began))), 1, "it was committed, so it doesn't run again")
	f.check(t)
}

func TestACheckpointWhoseAnswerIsLostIsRecordedOnce(t *testing.T) {
	t.Parallel()
	f := setup(t)
	network := startProxy(t, f.url, loseAnswerTo(func() func([]byte) bool {
		return func(chunk []byte) bool { return bytes.Contains(chunk, []byte("only once")) }
	}))
	f.worker(t, workerConfig{URL: network.url(t, f.url)})

	// The token of a step's output begins with its name, and goes to the server
	// with its checkpoint first.
	first := node(work, "only once", task{Value: 1})
	got := wait(t, f.start(t, "unsure", node(work, "next", task{Value: 1}, first)))
	require.Equal(t, 2, got.Value)
	require.Len(t, f.find(at("", "only once", is(began))), 1, "it was recorded, so it doesn't run again")
	f.check(t)
}

// othersGoOn runs a workflow of its own while a worker is silent.
func (f *fleet) othersGoOn(t *testing.T, other *process, since time.Time) {
	t.Helper()
	got := wait(t, f.start(t, "another", node(workTx, "tx of another", task{Value: 1})))
	require.Equal(t, other.pid(), got.PID)
	took := time.Since(since).Round(time.Millisecond)
	t.Logf("another workflow went from start to end within %s", took)
	require.Less(t, took, bound(time.Second))
}

// takenOver checks that n steps of a silent worker began again in time.
func (f *fleet) takenOver(t *testing.T, since time.Time, n int) {
	t.Helper()
	again := f.find(attempt(2, is(began)))
	require.Len(t, again, n)
	first, last := span(since, again)
	t.Logf("%d steps of a silent worker began elsewhere after %s to %s", n, first, last)
	require.Less(t, last, bound(leaseEnd))
}

// commitOfBody recognises, on one connection, the commit of a transaction in which
// a body has written: River commits on the same connections.
func commitOfBody() func([]byte) bool {
	written := false
	return func(chunk []byte) bool {
		written = written || bytes.Contains(chunk, []byte("public.wrote"))
		committed := written && bytes.Contains(chunk, []byte("commit\x00"))
		written = written && !committed
		return committed
	}
}

// loseAnswerTo ends the first connection on which a client asks something, once
// the server answers. What it is asks for a recogniser for each connection.
func loseAnswerTo(what func() func([]byte) bool) func(*proxy) tap {
	var first sync.Once
	return func(*proxy) tap {
		var sent atomic.Bool
		recognise := what()
		return tap{
			asked: func(chunk []byte) bool {
				if recognise(chunk) {
					first.Do(func() { sent.Store(true) })
				}
				return true
			},
			answered: func([]byte) bool { return !sent.Load() },
		}
	}
}
