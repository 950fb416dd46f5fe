package actors

import (
	"sync"

	"github.com/pgweir/weir/engine"
)

// running are the turns in this process, by epoch.
type running struct {
	mu    sync.Mutex
	turns map[int64]*turn
}

func (s *running) add(t *turn) {
	s.mu.Lock()
	defer s.mu.Unlock()

	if s.turns == nil {
		s.turns = make(map[int64]*turn)
	}
	s.turns[t.epoch] = t
}

func (s *running) remove(t *turn) {
	s.mu.Lock()
	defer s.mu.Unlock()

	delete(s.turns, t.epoch)
}

// of returns the turns under a worker's id: their actors and, in pairs, epochs.
func (s *running) of(worker string) (actors, epochs []int64) {
	s.mu.Lock()
	defer s.mu.Unlock()

	actors, epochs = []int64{}, []int64{} // never nil, which is unknown to the database
	for epoch, t := range s.turns {
		if t.crew.worker == worker {
			actors, epochs = append(actors, t.actor), append(epochs, epoch)
		}
	}
	return actors, epochs
}

// lose cancels turns that were taken away.
func (s *running) lose(epochs []int64) {
	s.mu.Lock()
	defer s.mu.Unlock()

	for _, epoch := range epochs {
		if t := s.turns[epoch]; t != nil {
			t.cancel(engine.ErrLost)
		}
	}
}
