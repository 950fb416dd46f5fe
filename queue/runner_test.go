package queue

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// testRunner is the least that an engine does: claim the step of a token, run
// it, and checkpoint it.
type testRunner struct {
	db      querier
	body    func(ctx context.Context, step runningStep) // may be nil
	lost    func(worker string)
	started chan runningStep
	ended   chan error // the cause of a cancelled context, nil for a checkpoint
	stopped chan []Held

	mu      sync.Mutex
	holding map[stepKey]Held
}

type runningStep struct {
	Held
	worker string
	at     time.Time
}

func newTestRunner(db querier) *testRunner {
	return &testRunner{
		db:      db,
		started: make(chan runningStep, 100),
		ended:   make(chan error, 100),
		stopped: make(chan []Held, 100),
		holding: make(map[stepKey]Held),
	}
}

// untilCancelled is the body of a step that never ends by itself.
func untilCancelled(ctx context.Context, _ runningStep) { <-ctx.Done() }

func (r *testRunner) run(ctx context.Context, worker string, token Token) {
	db := context.WithoutCancel(ctx)

	step := runningStep{
		Held:   Held{Workflow: token.Workflow, Step: token.Step, Job: token.Job, StartedAt: time.Now()},
		worker: worker,
		at:     time.Now(),
	}
	err := r.db.QueryRow(db, "select epoch, attempt from weir_internal.claim($1, $2, $3, $4, true)",
		worker, []int64{token.Job}, []int64{token.Workflow}, []int32{token.Step}).Scan(&step.Epoch, &step.Attempt)
	if isWorkerGone(err) {
		r.lost(worker)
	}
	if err != nil {
		return
	}

	r.hold(step.Held)
	defer r.drop(step.Held)
	r.started <- step

	if r.body != nil {
		r.body(ctx, step)
	}

	cause := context.Cause(ctx)
	if cause == nil {
		r.checkpoint(db, step)
	}
	if errors.Is(cause, ErrStopping) {
		r.release(db, worker, token)
	}
	r.ended <- cause
}

func (r *testRunner) checkpoint(ctx context.Context, step runningStep) {
	rows, err := r.db.Query(ctx,
		"select verdict from weir_internal.advance($1, $2, $3, $4, $5, $6, $7, array['1'::jsonb], array['yield'], true, true)",
		step.worker, []int64{step.Workflow}, []int32{step.Step}, []int32{step.Epoch}, []int64{step.Job},
		[]int32{step.Attempt}, []float64{time.Since(step.at).Seconds()})
	if err == nil {
		_, err = pgx.CollectRows(rows, pgx.RowTo[string])
	}
	switch {
	case isWorkerGone(err):
		r.lost(step.worker)
	case err != nil:
		panic(err)
	}
}

// release tries until the workflow isn't locked by the step next to it.
func (r *testRunner) release(ctx context.Context, worker string, token Token) {
	for done := false; !done; {
		var err error
		done, err = release(ctx, r.db, worker, token)
		switch {
		case isWorkerGone(err):
			r.lost(worker)
			return
		case err != nil:
			panic(err)
		}
	}
}

func (r *testRunner) hold(step Held) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.holding[step.key()] = step
}

func (r *testRunner) drop(step Held) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.holding, step.key())
}

func (r *testRunner) held(olderThan time.Duration) []Held {
	r.mu.Lock()
	defer r.mu.Unlock()

	var held []Held
	for _, step := range r.holding {
		if time.Since(step.StartedAt) >= olderThan {
			held = append(held, step)
		}
	}

	return held
}
