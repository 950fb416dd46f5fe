// Package waiting lets goroutines wait for what ends in the database.
package waiting

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/pgweir/weir/internal/outage"
)

// ErrClosed is returned by waits that Close has ended.
var ErrClosed = errors.New("waiting: closed")

// Waiters are goroutines that wait for values, each known by an owner and a key
// of the owner's. Who waits is woken in memory by Tell when this process knows
// the value; for the others one call asks for all whose time has come, each less
// and less often.
type Waiters[K comparable, V any] struct {
	ask    Ask[K, V]
	first  time.Duration
	outage outage.Log // of the poll
	poked  chan struct{}
	polls  sync.WaitGroup
	ctx    context.Context // of polls: it ends with Close
	end    context.CancelFunc

	mu      sync.Mutex
	waiting map[int64][]*Waiter[K, V]
	polling bool
	next    time.Time // when the poll looks again
	closed  bool
}

// Ask asks for values, owners and keys in pairs, and tells those that are there.
type Ask[K comparable, V any] func(ctx context.Context, owners []int64, keys []K, tell func(owner int64, key K, value V)) error

// Waiter is a place to wait at.
type Waiter[K comparable, V any] struct {
	owner    int64
	key      K
	done     chan V // has room for the one value
	interval time.Duration
	due      time.Time
}

const (
	least = 10 * time.Millisecond
	most  = 500 * time.Millisecond
)

// New returns waiters. first is the time between the first two times that a value
// is asked for.
func New[K comparable, V any](ask Ask[K, V], first time.Duration, log outage.Log) *Waiters[K, V] {
	s := &Waiters[K, V]{
		ask:     ask,
		first:   first,
		outage:  log,
		poked:   make(chan struct{}, 1),
		waiting: make(map[int64][]*Waiter[K, V]),
	}
	s.ctx, s.end = context.WithCancel(context.Background())
	return s
}

// First is the time after which to ask first for what is still to end.
func (s *Waiters[K, V]) First() time.Duration { return s.first }

// Add makes a place to wait at, which gets what is told from now on, and is asked
// for first after the given time. Await has to be called for it.
func (s *Waiters[K, V]) Add(owner int64, key K, first time.Duration) *Waiter[K, V] {
	w := &Waiter[K, V]{owner: owner, key: key, done: make(chan V, 1), interval: s.first, due: time.Now().Add(first)}

	s.mu.Lock()
	defer s.mu.Unlock()

	if s.closed {
		return w
	}
	s.waiting[owner] = append(s.waiting[owner], w)
	switch {
	case !s.polling:
		s.polling = true
		s.next = w.due
		s.polls.Go(s.poll)
	case w.due.Before(s.next):
		s.wake()
	}
	return w
}

// Await returns the value when there is one. Errors: ctx's cause, ErrClosed.
func (s *Waiters[K, V]) Await(ctx context.Context, w *Waiter[K, V]) (value V, err error) {
	select {
	case value = <-w.done:
		return value, nil
	case <-ctx.Done():
		err = context.Cause(ctx)
	case <-s.ctx.Done():
		err = ErrClosed
	}
	s.remove(w)
	return value, err
}

// Close ends all waits.
func (s *Waiters[K, V]) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()

	s.end()
	s.polls.Wait()
}

// Tell wakes those that wait for a value.
func (s *Waiters[K, V]) Tell(owner int64, key K, value V) {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.keep(owner, func(w *Waiter[K, V]) bool {
		if w.key == key {
			w.done <- value
		}
		return w.key != key
	})
}

// Poke has the values of an owner asked for now.
func (s *Waiters[K, V]) Poke(owner int64) {
	s.mu.Lock()
	defer s.mu.Unlock()

	for _, w := range s.waiting[owner] {
		w.due = time.Time{}
		s.wake()
	}
}

// wake has the poll look now.
func (s *Waiters[K, V]) wake() {
	select {
	case s.poked <- struct{}{}:
	default:
	}
}

func (s *Waiters[K, V]) remove(w *Waiter[K, V]) {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.keep(w.owner, func(other *Waiter[K, V]) bool { return other != w })
}

// keep takes those of an owner's waiters out that shall not stay.
func (s *Waiters[K, V]) keep(owner int64, stays func(*Waiter[K, V]) bool) {
	kept := slices.DeleteFunc(s.waiting[owner], func(w *Waiter[K, V]) bool { return !stays(w) })
	if len(kept) == 0 {
		delete(s.waiting, owner)
		return
	}
	s.waiting[owner] = kept
}

// poll asks until nobody waits.
func (s *Waiters[K, V]) poll() {
	timer := time.NewTimer(0)
	defer timer.Stop()

	for anybody := true; anybody; {
		select {
		case <-s.ctx.Done():
			return
		case <-s.poked:
		case <-timer.C:
		}
		if owners, keys := s.takeDue(); len(owners) > 0 {
			s.outage.Note(s.ctx, s.ask(s.ctx, owners, keys, s.Tell))
		}
		var next time.Duration
		next, anybody = s.plan()
		timer.Reset(next)
	}
}

// plan returns when the poll has to look again. Without anybody it has ended.
func (s *Waiters[K, V]) plan() (next time.Duration, anybody bool) {
	s.mu.Lock()
	defer s.mu.Unlock()

	now := time.Now()
	s.next = now.Add(most)
	for _, waiting := range s.waiting {
		for _, w := range waiting {
			if w.due.Before(s.next) {
				s.next = w.due
			}
		}
	}
	s.polling = len(s.waiting) > 0
	return max(s.next.Sub(now), least), s.polling
}

// takeDue returns what to ask for, each once, and sets when its turn comes again.
func (s *Waiters[K, V]) takeDue() (owners []int64, keys []K) {
	s.mu.Lock()
	defer s.mu.Unlock()

	now := time.Now()
	for owner, waiting := range s.waiting {
		asked := make(map[K]bool)
		for _, w := range waiting {
			if w.due.After(now) {
				continue
			}
			w.due = now.Add(w.interval)
			w.interval = min(2*w.interval, most)
			if !asked[w.key] {
				asked[w.key] = true
				owners, keys = append(owners, owner), append(keys, w.key)
			}
		}
	}
	return owners, keys
}
