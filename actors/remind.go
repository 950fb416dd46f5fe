package actors

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"github.com/pgweir/weir/engine"
)

// RemindParams is a reminder that is to be set.
type RemindParams struct {
	// Call is what its ticks call.
	Call CallParams

	// Name is unique for its actor.
	Name string

	// At is the first tick. Zero is Every from now.
	At time.Time

	// Every is the time from tick to tick. Zero is for one tick.
	Every time.Duration

	// CatchUp is what becomes of missed ticks: all, one or none.
	CatchUp string
}

const remindSQL = `select weir_internal.reminder_set($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`

// Remind sets a reminder in place of one of that name. One that is there just so is
// left as it is. Errors: *engine.InputError, engine.ErrNotFound.
func (r *Runtime) Remind(ctx context.Context, params RemindParams) error {
	err := r.remind(ctx, r.config.Pool, params)
	if err == nil {
		r.PokeTimers()
	}
	return err
}

// RemindTx is Remind in the caller's transaction. Until that ends, whoever calls the
// actor waits.
func (r *Runtime) RemindTx(ctx context.Context, tx pgx.Tx, params RemindParams) error {
	return r.remind(ctx, tx, params)
}

func (r *Runtime) remind(ctx context.Context, db querier, params RemindParams) error {
	item, err := params.Call.item(r.config.Limits)
	if err = errors.Join(err, engine.CheckText("name", params.Name)); err != nil {
		return err
	}
	var every *time.Duration
	if params.Every != 0 {
		every = &params.Every
	}
	var due time.Time
	err = steer(
		ctx, db, remindSQL, item.key.typ, item.key.id, &due, params.Name, item.method, item.args, zeronull.Timestamptz(params.At), every,
		params.CatchUp, zeronull.Text(item.name), item.policy, item.metadata,
	)
	if err != nil {
		return fmt.Errorf("reminder %q of actor %s %q: %w", params.Name, item.key.typ, item.key.id, err)
	}
	return nil
}

// Forget removes a reminder, and is false if there is none of that name. Calls that
// it has made stay. Errors: *engine.InputError, engine.ErrNotFound.
func (r *Runtime) Forget(ctx context.Context, typ, id, name string) (bool, error) {
	return forget(ctx, r.config.Pool, typ, id, name)
}

// ForgetTx is Forget in the caller's transaction.
func (r *Runtime) ForgetTx(ctx context.Context, tx pgx.Tx, typ, id, name string) (bool, error) {
	return forget(ctx, tx, typ, id, name)
}

func forget(ctx context.Context, db querier, typ, id, name string) (found bool, err error) {
	if err := engine.CheckText("name", name); err != nil {
		return false, err
	}
	err = steer(ctx, db, `select weir.actor_forget($1, $2, $3)`, typ, id, &found, name)
	return found, err
}
