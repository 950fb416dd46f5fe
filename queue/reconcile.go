package queue

import (
	"context"
	"log/slog"
	"time"
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
	signals *testSignals
}

func newReconciler(config *reconcilerConfig, signals *testSignals) *reconciler {
	return &reconciler{config: config, signals: signals}
}

func (r *reconciler) run(ctx context.Context) {
	service{
		name:   "queue: reconcile",
		logger: r.config.logger,
		wait:   func() time.Duration { return between(reconcileWaitMin, reconcileWaitMax) },
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

type reconcileResult struct {
	Found int // rows that nobody here knew
}

func (r *reconciler) runOnce(ctx context.Context, older time.Duration) (reconcileResult, error) {
	found, err := reconcile(ctx, r.config.pool, r.config.id, r.config.jobs(), older, nil)
	if err != nil {
		return reconcileResult{}, err
	}

	res := reconcileResult{Found: found}
	r.signals.reconciled.send(res)

	return res, nil
}
