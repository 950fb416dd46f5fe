package queue

import (
	"context"
	"sync"
)

// Shift is work of a worker that no token has brought. Its life doesn't end in
// good order before its shifts have, and they have as long to yield as tokens.
type Shift struct {
	// Worker is the id under which the work is done.
	Worker string

	life *life
}

// Shift begins one, unless the worker isn't living or is to stop. Each has to be
// ended.
func (w *Worker) Shift() (*Shift, bool) {
	l := w.current.Load()
	if l == nil || !l.shifts.begin() {
		return nil, false
	}
	return &Shift{Worker: l.id, life: l}, true
}

// Context is that of the work, with the causes of what Config.Run gets.
func (s *Shift) Context() context.Context { return s.life.runCtx }

// More begins another shift under the same id, before this one has ended.
func (s *Shift) More() *Shift {
	s.life.shifts.more()
	return &Shift{Worker: s.Worker, life: s.life}
}

// End ends the shift.
func (s *Shift) End() { s.life.shifts.open.Done() }

// shifts are those of a life.
type shifts struct {
	open sync.WaitGroup

	mu     sync.Mutex
	closed bool
}

func (s *shifts) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()

	if s.closed {
		return false
	}
	s.open.Add(1)
	return true
}

func (s *shifts) more() { s.open.Add(1) }

// close lets no shift begin any more.
func (s *shifts) close() {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.closed = true
}

// wait waits until all have ended, or ctx has.
func (s *shifts) wait(ctx context.Context) error {
	ended := make(chan struct{})
	go func() {
		s.open.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
