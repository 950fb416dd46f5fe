package engine

import (
	"sync"
	"time"

	"github.com/pgweir/weir/queue"
)

// bodies are the attempts that run in this process.
type bodies struct {
	mu      sync.Mutex
	running map[bodyKey]*body
}

type bodyKey struct {
	workflow int64
	no       int32
	epoch    int32
}

func (b *body) key() bodyKey {
	return bodyKey{b.step.workflow, b.step.no, b.step.epoch}
}

func (s *bodies) add(b *body) {
	s.mu.Lock()
	defer s.mu.Unlock()

	if s.running == nil {
		s.running = make(map[bodyKey]*body)
	}
	s.running[b.key()] = b
}

func (s *bodies) remove(b *body) {
	s.mu.Lock()
	defer s.mu.Unlock()

	delete(s.running, b.key())
}

// heldFor returns the bodies that began longer ago than olderThan.
func (s *bodies) heldFor(olderThan time.Duration) []queue.Held {
	s.mu.Lock()
	defer s.mu.Unlock()

	var held []queue.Held
	for _, b := range s.running {
		if time.Since(b.began) > olderThan {
			held = append(held, b.held())
		}
	}
	return held
}

// stop cancels the contexts of bodies whose steps the database has stopped or
// given to others.
func (s *bodies) stop(stopped []queue.Held) {
	s.mu.Lock()
	defer s.mu.Unlock()

	for _, held := range stopped {
		if b := s.running[bodyKey{held.Workflow, held.Step, held.Epoch}]; b != nil {
			b.cancel(ErrCanceled)
		}
	}
}
