package engine

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/jackc/pgx/v5"
)

// ErrManagedTx is returned by Commit and Rollback of the transaction that a DoTx
// function gets: it ends with the step.
var ErrManagedTx = errors.New("engine: the transaction is ended by the engine")

// managedTx is a transaction that its user can't end. What Begin makes of it are
// savepoints, which the user does end.
type managedTx struct{ pgx.Tx }

func (managedTx) Commit(context.Context) error   { return ErrManagedTx }
func (managedTx) Rollback(context.Context) error { return ErrManagedTx }

// doTx runs a function in the transaction that also checkpoints its step: both
// are committed, or neither is.
func (t *thread) doTx(b *body, function Function, args []json.RawMessage) (*assignment, error) {
	tx, err := t.config.Pool.Begin(b.ctx)
	if err != nil {
		return nil, t.interrupted(b, err)
	}
	// Without effect after the commit.
	defer func() { _ = tx.Rollback(context.WithoutCancel(b.ctx)) }()

	var output json.RawMessage
	err = b.run(func(ctx context.Context) (err error) {
		output, err = function.DoTx(ctx, managedTx{tx}, args)
		return err
	})
	if err == nil {
		err = t.checkOutput(output)
	}
	if err != nil {
		_ = tx.Rollback(context.WithoutCancel(b.ctx))
		return nil, t.failed(b, err)
	}

	item := t.checkpoint(b, output)
	ctx := context.WithoutCancel(b.ctx)
	if err := advance(ctx, tx, advanceTxSQL, t.crew.worker, []*advanceItem{item}); err != nil {
		_ = tx.Rollback(ctx)
		if isItemFault(err) || isAborted(err) {
			return nil, t.failed(b, err)
		}
		return nil, err
	}
	if item.reply.lost {
		return nil, nil // rolled back: what the body wrote is not to stay
	}
	if err := tx.Commit(ctx); err != nil {
		if isItemFault(err) { // a deferred constraint of the user's
			return nil, t.failed(b, err)
		}
		return nil, err
	}
	return t.proceed(b, item), nil
}

// interrupted is what becomes of a thread that could not begin its body.
func (t *thread) interrupted(b *body, err error) error {
	if context.Cause(b.ctx) != nil {
		return t.failed(b, err)
	}
	return err
}
