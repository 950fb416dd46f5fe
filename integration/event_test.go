package integration_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
)

// kind is what a process tells of.
type kind string

const (
	up        kind = "up"        // it takes work
	stored    kind = "stored"    // its Start has returned
	began     kind = "began"     // a body runs
	waits     kind = "waits"     // a body has come to its gate
	wrote     kind = "wrote"     // a body has written in its transaction
	commits   kind = "commits"   // a listener's Checkpointed was called, with what id and event
	cancelled kind = "cancelled" // a body's context ended, with what cause
	ended     kind = "ended"     // a body returns
	asked     kind = "asked"     // a scribe is about to call, with what
	answered  kind = "answered"  // it has a reply, with which
	left      kind = "left"      // its Stop has returned
)

// event is one thing that a process did.
type event struct {
	Kind     kind
	PID      int
	At       time.Time
	Workflow string
	Step     string
	Attempt  int
	Detail   string
}

// place is a step of a workflow.
type place struct{ workflow, step string }

func (e event) place() place { return place{e.Workflow, e.Step} }

func (e event) String() string {
	return fmt.Sprintf("%s %s %d %s/%s attempt %d %s",
		e.At.Format("05.000"), e.Kind, e.PID, e.Workflow, e.Step, e.Attempt, e.Detail)
}

// ledger is all that the processes of a test have told.
type ledger struct {
	mu     sync.Mutex
	events []event
	more   chan struct{} // closed by the next event
}

func newLedger() *ledger { return &ledger{more: make(chan struct{})} }

func (l *ledger) add(e event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, e)
	close(l.more)
	l.more = make(chan struct{})
}

func (l *ledger) read() ([]event, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.events), l.more
}

// find returns the events that match.
func (l *ledger) find(match func(event) bool) []event {
	events, _ := l.read()
	return slices.DeleteFunc(events, func(e event) bool { return !match(e) })
}

// await returns the events that match once there are n of them.
func (l *ledger) await(t *testing.T, n int, match func(event) bool) []event {
	t.Helper()
	timeout := time.After(patience)
	for {
		events, more := l.read()
		found := slices.DeleteFunc(slices.Clone(events), func(e event) bool { return !match(e) })
		if len(found) >= n {
			return found
		}
		select {
		case <-more:
		case <-timeout:
			for _, e := range events {
				t.Log(e)
			}
			t.Fatalf("%d of %d events after %s", len(found), n, patience)
		}
	}
}

// is matches events of a kind.
func is(k kind) func(event) bool { return func(e event) bool { return e.Kind == k } }

// by narrows what matches to a process.
func by(p *process, match func(event) bool) func(event) bool {
	return func(e event) bool { return e.PID == p.pid() && match(e) }
}

// at narrows what matches to a step, of any workflow if that is empty.
func at(workflow, step string, match func(event) bool) func(event) bool {
	return func(e event) bool {
		return (workflow == "" || e.Workflow == workflow) && e.Step == step && match(e)
	}
}

// attempt narrows what matches to an attempt.
func attempt(n int, match func(event) bool) func(event) bool {
	return func(e event) bool { return e.Attempt == n && match(e) }
}

// span returns how long after a time the first and the last event happened.
func span(since time.Time, events []event) (first, last time.Duration) {
	older := func(a, b event) int { return a.At.Compare(b.At) }
	first = slices.MinFunc(events, older).At.Sub(since)
	last = slices.MaxFunc(events, older).At.Sub(since)
	return first.Round(time.Millisecond), last.Round(time.Millisecond)
}

func places(events []event) []place {
	var found []place
	for _, e := range events {
		found = append(found, e.place())
	}
	return found
}
