package engine

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"
)

// waiters are the goroutines that wait for workflows. One is woken in memory
// when this process ends its workflow; for the others one statement asks for
// all whose time has come, each less and less often.
type waiters struct {
	engine *Engine
	first  time.Duration // until an outcome is first asked for

	mu      sync.Mutex
	waiting map[int64][]*waiter
	poked   chan struct{}
	polling bool
}

type waiter struct {
	workflow int64
	done     chan Outcome // has room for the one outcome
	interval time.Duration
	due      time.Time
}

const (
	waitFirst      = 5 * time.Millisecond
	waitFirstLocal = 50 * time.Millisecond // most ends are this process's own
	waitMost       = 500 * time.Millisecond
)

func newWaiters(e *Engine) *waiters {
	first := waitFirst
	if len(e.config.Functions) > 0 {
		first = waitFirstLocal
	}
	return &waiters{engine: e, first: first, waiting: make(map[int64][]*waiter), poked: make(chan struct{}, 1)}
}

// wait returns the outcome of a workflow when it has ended.
func (s *waiters) wait(ctx context.Context, workflow int64) (Outcome, error) {
	w := s.add(workflow)
	select {
	case outcome := <-w.done:
		if outcome.Status == "" {
			return Outcome{}, ErrNotFound // deleted meanwhile
		}
		return outcome, nil
	case <-ctx.Done():
		s.remove(w)
		return Outcome{}, context.Cause(ctx)
	case <-s.engine.closed:
		s.remove(w)
		return Outcome{}, ErrClosed
	}
}

func (s *waiters) add(workflow int64) *waiter {
	w := &waiter{workflow: workflow, done: make(chan Outcome, 1), interval: s.first, due: time.Now().Add(s.first)}

	s.mu.Lock()
	s.waiting[workflow] = append(s.waiting[workflow], w)
	start := !s.polling
	s.polling = true
	s.mu.Unlock()

	if start {
		s.engine.background.Go(s.poll)
	}
	return w
}

func (s *waiters) remove(w *waiter) {
	s.mu.Lock()
	defer s.mu.Unlock()

	kept := s.waiting[w.workflow][:0]
	for _, other := range s.waiting[w.workflow] {
		if other != w {
			kept = append(kept, other)
		}
	}
	if len(kept) == 0 {
		delete(s.waiting, w.workflow)
		return
	}
	s.waiting[w.workflow] = kept
}

// finished wakes those that wait for a workflow.
func (s *waiters) finished(workflow int64, outcome Outcome) {
	s.mu.Lock()
	woken := s.waiting[workflow]
	delete(s.waiting, workflow)
	s.mu.Unlock()

	for _, w := range woken {
		w.done <- outcome
	}
}

// poke has the outcome of a workflow asked for now: it has just ended.
func (s *waiters) poke(workflow int64) {
	s.mu.Lock()
	defer s.mu.Unlock()

	for _, w := range s.waiting[workflow] {
		w.due = time.Time{}
		select {
		case s.poked <- struct{}{}:
		default:
		}
	}
}

// poll asks for outcomes until nobody waits.
func (s *waiters) poll() {
	ctx, cancel := s.engine.untilClosed()
	defer cancel()
	timer := time.NewTimer(waitFirst)
	defer timer.Stop()

	for {
		select {
		case <-ctx.Done():
			return
		case <-s.poked:
		case <-timer.C:
		}
		next, anybody := s.runOnce(ctx)
		if !anybody {
			return
		}
		timer.Reset(next)
	}
}

// runOnce asks for the workflows whose time has come. next is when to do so
// again; anybody is false when nobody waits, and then the poll has ended.
func (s *waiters) runOnce(ctx context.Context) (next time.Duration, anybody bool) {
	due, next := s.takeDue()
	if len(due) > 0 {
		if err := s.ask(ctx, due); err != nil && ctx.Err() == nil {
			s.engine.config.Logger.Error("engine: asking for outcomes", "error", err)
		}
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	s.polling = len(s.waiting) > 0
	return next, s.polling
}

// takeDue returns the workflows to ask for and sets when their turn comes again.
func (s *waiters) takeDue() (due []int64, next time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()

	now := time.Now()
	next = waitMost
	for workflow, waiting := range s.waiting {
		asked := false
		for _, w := range waiting {
			if !w.due.After(now) {
				asked = true
				w.interval = min(2*w.interval, waitMost)
				w.due = now.Add(w.interval)
			}
			next = min(next, w.due.Sub(now))
		}
		if asked {
			due = append(due, workflow)
		}
	}
	return due, max(next, waitFirst)
}

const outcomesSQL = `select workflow, status, output, error from weir_internal.outcomes($1)`

func (s *waiters) ask(ctx context.Context, workflows []int64) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()

	rows, _ := s.engine.config.Pool.Query(ctx, outcomesSQL, workflows)
	var (
		workflow int64
		outcome  Outcome
		failure  json.RawMessage
	)
	_, err := pgx.ForEachRow(rows, []any{&workflow, (*zeronull.Text)(&outcome.Status), &outcome.Output, &failure}, func() error {
		ended := outcome
		if failure != nil {
			ended.Error = new(StepError)
			if err := json.Unmarshal(failure, ended.Error); err != nil {
				return err
			}
		}
		s.finished(workflow, ended)
		outcome, failure = Outcome{}, nil
		return nil
	})
	return err
}
