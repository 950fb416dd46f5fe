package queue

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

const (
	reconcileWaitMin = 5 * time.Second
	reconcileWaitMax = 10 * time.Second

	// reconcileOlder is the age from which a running row that nobody knows was
	// lost: River gives a fetch ten seconds.
	reconcileOlder = 10 * time.Second

	// reconcileAgain is the wait before what was locked is tried again.
	reconcileAgain = 500 * time.Millisecond

	// What a start was handed without its knowing is given back by the thread that
	// made it, which tries so often and for so long.
	giveBackAgain = 50 * time.Millisecond
	giveBackTime  = 5 * time.Second
)

type reconcilerConfig struct {
	id     string
	jobs   func() []int64 // those that this life runs
	logger *slog.Logger
	pool   querier
}

// reconciler gives back River rows that were fetched for this life without its
// knowing, because the reply to the fetch was lost.
type reconciler struct {
	config  *reconcilerConfig
	signals *testSignals
	remains bool // after the last pass
}

func newReconciler(config *reconcilerConfig, signals *testSignals) *reconciler {
	return &reconciler{config: config, signals: signals}
}

func (r *reconciler) run(ctx context.Context) {
	service{
		name:   "queue: reconcile",
		logger: r.config.logger,
		wait:   r.wait,
		pass: func() error {
			res, err := r.runOnce(ctx, reconcileOlder)
			if res.Found > 0 {
				r.config.logger.WarnContext(ctx, "queue: reconcile: gave back jobs that this worker had lost",
					slog.Int("jobs", res.Found))
			}

			return err
		},
	}.run(ctx)
}

func (r *reconciler) wait() time.Duration {
	if r.remains {
		return reconcileAgain
	}
	return between(reconcileWaitMin, reconcileWaitMax)
}

type reconcileResult struct {
	Found   int  // rows that nobody here knew
	Remains bool // some of them, since a workflow or an actor was locked
}

func (r *reconciler) runOnce(ctx context.Context, older time.Duration) (reconcileResult, error) {
	res, err := reconcile(ctx, r.config.pool, r.config.id, r.config.jobs(), older, nil)
	if err != nil {
		return reconcileResult{}, err
	}

	r.remains = res.Remains
	r.signals.reconciled.send(res)

	return res, nil
}

// giveBack gives back what a life holds of a workflow and doesn't know, and waits
// for whoever has locked it. What it leaves the reconciler finds.
func giveBack(ctx context.Context, db querier, id string, jobs func() []int64, workflowID string) error {
	for until := time.Now().Add(giveBackTime); ; {
		res, err := reconcile(ctx, db, id, jobs(), 0, &workflowID)
		if err != nil || !res.Remains {
			return err
		}
		if time.Now().After(until) || !pause(ctx, giveBackAgain) {
			return errors.New("the workflow stays locked")
		}
	}
}
