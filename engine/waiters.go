package engine

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"github.com/pgweir/weir/internal/outage"
	"github.com/pgweir/weir/internal/waiting"
)

// waiters are the goroutines that wait for workflows, or for steps of them, which
// are their keys; the empty key is the workflow itself.
type waiters struct {
	*waiting.Waiters[string, Outcome]

	mu    sync.Mutex
	ended recent // ended by this process
}

const (
	waitFirst      = 5 * time.Millisecond
	waitFirstLocal = 50 * time.Millisecond // most ends are this process's own
)

func newWaiters(e *Engine) *waiters {
	first := waitFirst
	if e.config.runs() {
		first = waitFirstLocal
	}
	log := outage.Log{Logger: e.config.Logger, Service: "engine: asking for outcomes"}
	return &waiters{Waiters: waiting.New(e.askOutcomes, first, log)}
}

// wait returns the outcome of a workflow, or of a step of it, when there is one.
// It asks first after the given time, or at once if the workflow ended here before.
func (s *waiters) wait(ctx context.Context, workflow int64, step string, first time.Duration) (Outcome, error) {
	w := s.Add(workflow, step, first)
	if s.hasEnded(workflow) { // before there was a place to tell
		s.Poke(workflow)
	}
	outcome, err := s.Await(ctx, w)
	switch {
	case errors.Is(err, waiting.ErrClosed):
		return Outcome{}, ErrClosed
	case err == nil && outcome.Status == "":
		return Outcome{}, ErrNotFound // deleted meanwhile
	}
	return outcome, err
}

func (s *waiters) hasEnded(workflow int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()

	return s.ended.has(workflow)
}

// finished is told that this process has ended a workflow.
func (s *waiters) finished(workflow int64, outcome Outcome) {
	s.Tell(workflow, "", outcome)
	s.poke(workflow)
}

// poke has outcomes of a workflow that has just ended asked for now.
func (s *waiters) poke(workflow int64) {
	s.mu.Lock()
	s.ended.add(workflow)
	s.mu.Unlock()

	s.Poke(workflow)
}

const outcomesSQL = `select workflow, step, status, output, error, cancel_reason from weir_internal.outcomes($1, $2)`

func (e *Engine) askOutcomes(ctx context.Context, workflows []int64, steps []string, tell func(int64, string, Outcome)) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()

	names := make([]zeronull.Text, len(steps))
	for i, step := range steps {
		names[i] = zeronull.Text(step)
	}
	rows, _ := e.config.Pool.Query(ctx, outcomesSQL, workflows, names)
	found, err := pgx.CollectRows(rows, scanOutcome)
	for _, f := range found {
		tell(f.workflow, f.step, f.outcome)
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
