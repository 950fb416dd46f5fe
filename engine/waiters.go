package engine

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"github.com/pgweir/weir/internal/outage"
)

// waiters are the goroutines that wait for workflows, or for steps of them. Who
// waits for a workflow is woken in memory when this process ends it; for the
// others one statement asks for all whose time has come, each less and less often.
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
	step     string       // empty: the workflow itself
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

// wait returns the outcome of a workflow, or of a step of it, when there is one.
// It asks first after the given time, or at once if the workflow ended here before.
func (s *waiters) wait(ctx context.Context, workflow int64, step string, first time.Duration) (Outcome, error) {
	w := s.add(workflow, step, first)
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
func (s *waiters) add(workflow int64, step string, first time.Duration) *waiter {
	s.mu.Lock()
	defer s.mu.Unlock()

	if s.closed {
		return nil
	}
	if s.ended.has(workflow) {
		first = 0
	}
	w := &waiter{workflow: workflow, step: step, done: make(chan Outcome, 1), interval: s.first, due: time.Now().Add(first)}
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

	s.keep(w.workflow, func(other *waiter) bool { return other != w })
}

// keep takes those of a workflow's waiters out that shall not stay.
func (s *waiters) keep(workflow int64, stays func(*waiter) bool) {
	kept := slices.DeleteFunc(s.waiting[workflow], func(w *waiter) bool { return !stays(w) })
	if len(kept) == 0 {
		delete(s.waiting, workflow)
		return
	}
	s.waiting[workflow] = kept
}

// finished is told that this process has ended a workflow.
func (s *waiters) finished(workflow int64, outcome Outcome) {
	s.tell(workflow, "", outcome)
	s.poke(workflow)
}

// tell wakes those that wait for what has ended.
func (s *waiters) tell(workflow int64, step string, outcome Outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.keep(workflow, func(w *waiter) bool {
		if w.step == step {
			w.done <- outcome
		}
		return w.step != step
	})
}

// poke has outcomes of a workflow that has just ended asked for now.
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
		if workflows, steps := s.takeDue(); len(workflows) > 0 {
			s.outage.Note(ctx, s.ask(ctx, workflows, steps))
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

// takeDue returns what to ask for, each once, and sets when its turn comes again.
func (s *waiters) takeDue() (workflows []int64, steps []zeronull.Text) {
	s.mu.Lock()
	defer s.mu.Unlock()

	now := time.Now()
	for workflow, waiting := range s.waiting {
		asked := make(map[string]bool)
		for _, w := range waiting {
			if w.due.After(now) {
				continue
			}
			w.due = now.Add(w.interval)
			w.interval = min(2*w.interval, waitMost)
			if !asked[w.step] {
				asked[w.step] = true
				workflows, steps = append(workflows, workflow), append(steps, zeronull.Text(w.step))
			}
		}
	}
	return workflows, steps
}

const outcomesSQL = `select workflow, step, status, output, error, cancel_reason from weir_internal.outcomes($1, $2)`

func (s *waiters) ask(ctx context.Context, workflows []int64, steps []zeronull.Text) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()

	rows, _ := s.engine.config.Pool.Query(ctx, outcomesSQL, workflows, steps)
	found, err := pgx.CollectRows(rows, scanOutcome)
	for _, f := range found {
		s.tell(f.workflow, f.step, f.outcome)
	}
	return err
}

// foundOutcome is a row of outcomes.
type foundOutcome struct {
	workflow int64
	step     string
	outcome  Outcome
}

func scanOutcome(row pgx.CollectableRow) (f foundOutcome, err error) {
	o := &f.outcome
	err = row.Scan(
		(*zeronull.Int8)(&f.workflow), (*zeronull.Text)(&f.step),
		(*zeronull.Text)(&o.Status), &o.Output, &o.Error, (*zeronull.Text)(&o.CancelReason),
	)
	return f, err
}
