package engine

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"github.com/pgweir/weir/internal/outage"
)

// waiters are the goroutines that wait for workflows. One is woken in memory
// when this process ends its workflow; for the others one statement asks for
// all whose time has come, each less and less often.
type waiters struct {
	engine *Engine
	first  time.Duration // until the outcome of a running workflow is first asked for
	poked  chan struct{}
	outage outage.Log // of the poll

	mu      sync.Mutex
	waiting map[int64][]*waiter
	ended   recent // ended by this process
	polling bool
	next    time.Time // when the poll looks again
	closed  bool
}

type waiter struct {
	workflow int64
	done     chan Outcome // has room for the one outcome
	interval time.Duration
	due      time.Time
}

const (
	waitLeast      = 10 * time.Millisecond
	waitFirst      = 5 * time.Millisecond
	waitFirstLocal = 50 * time.Millisecond // most ends are this process's own
	waitMost       = 500 * time.Millisecond
)

func newWaiters(e *Engine) *waiters {
	first := waitFirst
	if len(e.config.Functions) > 0 {
		first = waitFirstLocal
	}
	return &waiters{
		engine:  e,
		first:   first,
		waiting: make(map[int64][]*waiter),
		poked:   make(chan struct{}, 1),
		outage:  outage.Log{Logger: e.config.Logger, Service: "engine: asking for outcomes"},
	}
}

// wait returns the outcome of a workflow when it has ended. It asks first after
// the given time, or at once if it ended here before.
func (s *waiters) wait(ctx context.Context, workflow int64, first time.Duration) (Outcome, error) {
	w := s.add(workflow, first)
	if w == nil {
		return Outcome{}, ErrClosed
	}
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

// add returns nil when the engine stops.
func (s *waiters) add(workflow int64, first time.Duration) *waiter {
	s.mu.Lock()
	defer s.mu.Unlock()

	if s.closed {
		return nil
	}
	if s.ended.has(workflow) {
		first = 0
	}
	w := &waiter{workflow: workflow, done: make(chan Outcome, 1), interval: s.first, due: time.Now().Add(first)}
	s.waiting[workflow] = append(s.waiting[workflow], w)
	switch {
	case !s.polling:
		s.polling = true
		s.next = w.due
		s.engine.background.Go(s.poll)
	case w.due.Before(s.next):
		s.wake()
	}
	return w
}

// close lets nobody wait any more, so that no poll begins.
func (s *waiters) close() {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.closed = true
}

// wake has the poll look now.
func (s *waiters) wake() {
	select {
	case s.poked <- struct{}{}:
	default:
	}
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
	s.ended.add(workflow)
	s.mu.Unlock()

	for _, w := range woken {
		w.done <- outcome
	}
}

// poke has the outcome of a workflow asked for now: it has just ended.
func (s *waiters) poke(workflow int64) {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.ended.add(workflow)
	for _, w := range s.waiting[workflow] {
		w.due = time.Time{}
		s.wake()
	}
}

// poll asks for outcomes until nobody waits.
func (s *waiters) poll() {
	ctx, cancel := s.engine.untilClosed()
	defer cancel()
	timer := time.NewTimer(0)
	defer timer.Stop()

	for anybody := true; anybody; {
		select {
		case <-ctx.Done():
			return
		case <-s.poked:
		case <-timer.C:
		}
		if due := s.takeDue(); len(due) > 0 {
			s.outage.Note(ctx, s.ask(ctx, due))
		}
		var next time.Duration
		next, anybody = s.plan()
		timer.Reset(next)
	}
}

// plan returns when the poll has to look again. Without anybody it has ended.
func (s *waiters) plan() (next time.Duration, anybody bool) {
	s.mu.Lock()
	defer s.mu.Unlock()

	now := time.Now()
	s.next = now.Add(waitMost)
	for _, waiting := range s.waiting {
		for _, w := range waiting {
			if w.due.Before(s.next) {
				s.next = w.due
			}
		}
	}
	s.polling = len(s.waiting) > 0
	return max(s.next.Sub(now), waitLeast), s.polling
}

// takeDue returns the workflows to ask for and sets when their turn comes again.
func (s *waiters) takeDue() (due []int64) {
	s.mu.Lock()
	defer s.mu.Unlock()

	now := time.Now()
	for workflow, waiting := range s.waiting {
		asked := false
		for _, w := range waiting {
			if !w.due.After(now) {
				asked = true
				w.due = now.Add(w.interval)
				w.interval = min(2*w.interval, waitMost)
			}
		}
		if asked {
			due = append(due, workflow)
		}
	}
	return due
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
