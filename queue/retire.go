package queue

import (
	"context"
	"log/slog"
	"time"

	"github.com/pgweir/weir/internal/outage"
)

const (
	retireRetryMin = 20 * time.Millisecond
	retireRetryMax = time.Second
)

type retirerConfig struct {
	id     string
	logger *slog.Logger
	poison int
	pool   querier
}

// retirer ends the lease of a life and requeues what it had.
type retirer struct{ config *retirerConfig }

func newRetirer(config *retirerConfig) *retirer { return &retirer{config: config} }

// run tries until it is done, and returns nil then, or until ctx ends. A pool
// that was closed ends it as well: nothing of this process can reach the
// database any more, so others take over when the lease runs out.
func (r *retirer) run(ctx context.Context, lost bool) error {
	fault := outage.Log{Logger: r.config.logger, Service: "queue: retire"}

	for range tries(ctx, retireRetryMin, retireRetryMax) {
		done, err := r.runOnce(ctx, lost)
		fault.Note(ctx, err)
		if done || isPoolClosed(err) {
			return err
		}
	}

	return context.Cause(ctx)
}

func (r *retirer) runOnce(ctx context.Context, lost bool) (bool, error) {
	done, err := retire(ctx, r.config.pool, r.config.id, lost, r.config.poison)
	if err != nil || !done {
		return false, err
	}

	// A worker that others have retired may have gone on fetching until it knew.
	return retire(ctx, r.config.pool, r.config.id, false, r.config.poison)
}
