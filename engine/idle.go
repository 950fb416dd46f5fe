package engine

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/pgweir/weir/queue"
)

// lingerTime is how long a thread that has run out of work keeps its slot: long
// enough for those who waited for its workflow to start their next one.
const lingerTime = 10 * time.Millisecond

// idlers are threads that have run out of work and keep their slots for a moment.
// A start that this process makes meanwhile is handed to one: its first step is
// born running, so that nobody inserts a job for others, fetches it and claims it.
//
// Starts that come this way overtake the queue's backlog, so threads linger only
// while at least half of the queue's slots are free: then there is no backlog that
// this process could have taken.
type idlers struct {
	slots map[string]int // of each queue

	mu      sync.Mutex
	held    map[string]int      // slots in use, by queue
	waiting map[string][]*idler // by queue, the last to come is the first to go
}

// idler is a thread that lingers.
type idler struct {
	worker string
	done   int64            // the job that it is through with
	gift   chan *assignment // has room for the one answer, nil for none

	// token is what a gift is held under. finished says that done was removed, doubt
	// names a workflow of which the thread may hold a step unknowingly. They are set
	// before the answer comes.
	token    queue.Token
	finished bool
	doubt    string
}

func newIdlers(slots map[string]int) *idlers {
	return &idlers{slots: slots, held: make(map[string]int), waiting: make(map[string][]*idler)}
}

// occupy notes that a thread of a queue has work; vacate that it has ended.
func (s *idlers) occupy(queue string) {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.held[queue]++
}

func (s *idlers) vacate(queue string) {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.held[queue]--
}

// linger waits for a start that takes the thread, and returns nil if none came.
func (s *idlers) linger(ctx context.Context, queue string, i *idler) *assignment {
	if !s.offer(queue, i) {
		return nil
	}
	timer := time.NewTimer(lingerTime)
	defer timer.Stop()

	select {
	case a := <-i.gift:
		return a
	case <-timer.C:
	case <-ctx.Done():
	}
	if s.withdraw(queue, i) {
		return nil
	}
	return <-i.gift
}

// offer lets starts take a thread, if enough slots are free.
func (s *idlers) offer(queue string, i *idler) bool {
	s.mu.Lock()
	defer s.mu.Unlock()

	if 2*s.held[queue] > s.slots[queue] {
		return false
	}
	s.waiting[queue] = append(s.waiting[queue], i)
	return true
}

// withdraw reports whether no start has taken the thread.
func (s *idlers) withdraw(queue string, i *idler) bool {
	s.mu.Lock()
	defer s.mu.Unlock()

	at := slices.Index(s.waiting[queue], i)
	if at < 0 {
		return false
	}
	s.waiting[queue] = slices.Delete(s.waiting[queue], at, at+1)
	return true
}

// take returns a thread of a queue that waits, nil if there is none. It gets its
// answer from whoever took it.
func (s *idlers) take(queue string) *idler {
	s.mu.Lock()
	defer s.mu.Unlock()

	last := len(s.waiting[queue]) - 1
	if last < 0 {
		return nil
	}
	i := s.waiting[queue][last]
	s.waiting[queue] = slices.Delete(s.waiting[queue], last, last+1) // which forgets it
	return i
}
