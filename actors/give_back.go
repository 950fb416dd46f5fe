package actors

import (
	"context"
	"errors"
	"time"

	"github.com/pgweir/weir/engine"
)

const (
	// releaseInterval is the wait before what was locked is tried again.
	releaseInterval = 50 * time.Millisecond

	// doubtPause is the wait before a turn is given back after a fault of the
	// database, so that one which stays doesn't make the calls spin.
	doubtPause = 500 * time.Millisecond
)

const releaseSQL = `select weir_internal.release($1, array[$2::bigint], array[$3::bigint])`

// giveBack returns the turn to the database, and doesn't return before that is
// done or it is gone with the worker.
func (t *turn) giveBack(ctx context.Context, reason error) {
	if errors.Is(reason, engine.ErrLost) {
		t.ReportLost(t.crew.worker)
		return
	}
	t.config.Logger.Warn("actors: giving a turn back", "actor", t.actor, "error", reason)
	for wait := doubtPause; ; wait = releaseInterval {
		select {
		case <-time.After(wait):
		case <-ctx.Done(): // it is awaited
		}
		released, err := t.release(ctx)
		switch {
		case released, errors.Is(context.Cause(ctx), engine.ErrLost):
			return
		case errors.Is(err, engine.ErrLost):
			t.ReportLost(t.crew.worker)
			return
		}
	}
}

func (t *turn) release(ctx context.Context) (released bool, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
	defer cancel()

	err = t.config.Pool.QueryRow(ctx, releaseSQL, t.crew.worker, t.job, t.actor).Scan(&released)
	return released, engine.FromDatabase(err)
}
