package queue

import (
	"context"
	"log/slog"
	"time"

	"github.com/pgweir/weir/internal/outage"
)

const (
	reconcileWaitMin = 5 * time.Second
	reconcileWaitMax = 10 * time.Second

	// reconcileOlder is the age from which a running row that nobody knows was
	// lost: River gives a fetch ten seconds.
	reconcileOlder = 10 * time.Second
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
	outage  outage.Log
	signals *testSignals
}

func newReconciler(config *reconcilerConfig, signals *testSignals) *reconciler {
	return &reconciler{
		config:  config,
		outage:  outage.Log{Logger: config.logger, Service: "queue: reconcile"},
		signals: signals,
	}
}

func (r *reconciler) run(ctx context.Context) {
	for pause(ctx, between(reconcileWaitMin, reconcileWaitMax)) {
		res, err := r.runOnce(ctx, reconcileOlder)
		r.outage.Note(ctx, err)

		if res.Found > 0 {
			r.config.logger.WarnContext(ctx, "queue: reconcile: gave back jobs that this worker had lost",
				slog.Int("jobs", res.Found))
		}
	}
}

type reconcileResult struct {
	Found int // rows that nobody here knew
}

func (r *reconciler) runOnce(ctx context.Context, older time.Duration) (reconcileResult, error) {
	found, err := reconcile(ctx, r.config.pool, r.config.id, r.config.jobs(), older)
	if err != nil {
		return reconcileResult{}, err
	}

	res := reconcileResult{Found: found}
	r.signals.reconciled.send(res)

	return res, nil
}
