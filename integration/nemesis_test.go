package integration_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// island is a worker process with a network of its own.
type island struct {
	process *process
	network *proxy
	writer  int
	mend    func() // ends its fault; nil if it has none
	until   time.Time
}

// nemesis does one thing after the other to islands, and leaves one at work.
type nemesis struct {
	*fleet
	chance  *rand.Rand
	islands []*island

	kills, pauses, partitions int
}

// settle adds an island whose process has a writer.
func (n *nemesis) settle(t *testing.T, writer int) {
	t.Helper()
	i := &island{network: startProxy(t, n.url, nil), writer: writer}
	n.inhabit(t, i)
	n.await(t, 1, by(i.process, is(up)))
	n.islands = append(n.islands, i)
}

func (n *nemesis) inhabit(t *testing.T, i *island) {
	t.Helper()
	i.process = n.launch(t, workerConfig{URL: i.network.url(t, n.url), Writer: i.writer})
}

// strike ends the faults that are over, does one thing to an island that has none,
// and waits a little. A fault of two lasts longer than a lease: others take over what
// is still on its way.
func (n *nemesis) strike(t *testing.T) {
	t.Helper()
	for _, i := range n.islands {
		if time.Now().After(i.until) {
			i.recover()
		}
	}
	i := n.victim(t)
	fault, lasts := n.chance.IntN(4), time.Duration(1+n.chance.IntN(2)*6)*time.Second
	switch {
	case !n.works(i) || !n.othersWork(i): // a start has a time limit, and may fail
	case fault == 0:
		n.kills++
		i.process.kill()
		n.inhabit(t, i)
	case fault == 1:
		n.pauses++
		i.process.pause(t)
		i.mend, i.until = func() { i.process.resume(t) }, time.Now().Add(lasts)
	default:
		n.partitions++
		i.network.partition()
		i.mend, i.until = i.network.heal, time.Now().Add(lasts)
	}
	<-time.After(time.Duration(200+n.chance.IntN(800)) * time.Millisecond) // the time between two faults
}

// victim is an island that has a turn just now, or any.
func (n *nemesis) victim(t *testing.T) *island {
	t.Helper()
	busy := read[int32](t, n.fleet, "select w.pid from weir_internal.actor_turn as t join weir_internal.worker as w on w.id = t.worker")
	for _, i := range n.islands {
		if n.works(i) && slices.Contains(busy, int32(i.process.pid())) {
			return i
		}
	}
	return n.islands[n.chance.IntN(len(n.islands))]
}

// relent ends all faults, and waits until each island is at work.
func (n *nemesis) relent(t *testing.T) {
	t.Helper()
	for _, i := range n.islands {
		i.recover()
		n.await(t, 1, by(i.process, is(up)))
	}
}

// works reports whether an island has no fault and its process takes work.
func (n *nemesis) works(i *island) bool {
	return i.mend == nil && len(n.find(by(i.process, is(up)))) > 0
}

func (n *nemesis) othersWork(i *island) bool {
	return slices.ContainsFunc(n.islands, func(other *island) bool { return other != i && n.works(other) })
}

func (i *island) recover() {
	if i.mend != nil {
		i.mend()
		i.mend = nil
	}
}
