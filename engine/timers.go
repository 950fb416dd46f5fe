package engine

import (
	"context"
	"time"

	"github.com/pgweir/weir/internal/outage"
)

// timers lets due timers fire: retries whose back-off is over, sleeps that end.
// Every process with functions does so; each knows by itself of those that come
// from it, and of the others' at its next pass.
type timers struct {
	engine *Engine
	poked  chan struct{}
	outage outage.Log
}

const (
	timersBatch  = 500
	timersIdle   = 500 * time.Millisecond
	timersLocked = 50 * time.Millisecond // what is due belongs to workflows that somebody has locked
	timersLeast  = time.Millisecond
)

func newTimers(e *Engine) *timers {
	return &timers{
		engine: e,
		poked:  make(chan struct{}, 1),
		outage: outage.Log{Logger: e.config.Logger, Service: "engine: firing timers"},
	}
}

// poke makes the next pass happen now: a timer was set.
func (s *timers) poke() {
	select {
	case s.poked <- struct{}{}:
	default:
	}
}

// PokeTimers has this process look at once whether a timer is due: one was
// set, or a step has an answer.
func (e *Engine) PokeTimers() { e.timers.poke() }

// run makes passes until ctx ends.
func (s *timers) run(ctx context.Context) {
	wait := time.NewTimer(0)
	defer wait.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.poked:
		case <-wait.C:
		}
		next, err := s.runOnce(ctx)
		s.outage.Note(ctx, err)
		wait.Reset(next)
	}
}

const fireTimersSQL = `select fired, next_in from weir_internal.fire_timers($1)`

// runOnce lets what is due fire and returns when to look again.
func (s *timers) runOnce(ctx context.Context) (next time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()

	var fired int
	var dueIn time.Duration
	if err := s.engine.config.Pool.QueryRow(ctx, fireTimersSQL, timersBatch).Scan(&fired, &dueIn); err != nil {
		return timersIdle, err
	}
	if fired == 0 && dueIn <= 0 {
		return timersLocked, nil
	}
	return min(max(dueIn, timersLeast), timersIdle), nil
}
