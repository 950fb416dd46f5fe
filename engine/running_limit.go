package engine

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// LimitScope says which workflows a limit counts.
type LimitScope string

const (
	// LimitName counts those that were started by a registered name.
	LimitName LimitScope = "name"

	// LimitQueue counts those whose root step is in a queue.
	LimitQueue LimitScope = "queue"
)

// RunningLimit bounds how many workflows run at once, in all processes together.
type RunningLimit struct {
	Scope LimitScope
	Key   string

	// MaxRunning is how many may run. Nil lifts the limit.
	MaxRunning *int

	// MaxPending is how many may wait for their turn. Nil is any number.
	MaxPending *int
}

// SetRunningLimit sets, changes or lifts a limit. Error: *InputError.
func (e *Engine) SetRunningLimit(ctx context.Context, limit RunningLimit) error {
	return setRunningLimit(ctx, e.config.Pool, limit)
}

// SetRunningLimitTx is SetRunningLimit in the caller's transaction.
func (e *Engine) SetRunningLimitTx(ctx context.Context, tx pgx.Tx, limit RunningLimit) error {
	return setRunningLimit(ctx, tx, limit)
}

func setRunningLimit(ctx context.Context, db querier, limit RunningLimit) error {
	if err := CheckText("key", limit.Key); err != nil {
		return err
	}
	rows, _ := db.Query(ctx, `select weir.set_limit($1, $2, $3, $4)`, limit.Scope, limit.Key, limit.MaxRunning, limit.MaxPending)
	rows.Close()
	return FromDatabase(rows.Err())
}
