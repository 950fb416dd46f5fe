package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/pgweir/weir/internal/batch"
)

// ErrManagedTx is returned by Commit and Rollback of the transaction that a DoTx
// function gets: it ends with the step.
var ErrManagedTx error = &sentinel{"weir.managed_tx", "the transaction of a step is ended with the step"}

// managedTx is a transaction that its user can't end. What Begin makes of it are
// savepoints, which the user does end.
type managedTx struct{ pgx.Tx }

func (managedTx) Commit(context.Context) error   { return ErrManagedTx }
func (managedTx) Rollback(context.Context) error { return ErrManagedTx }

// Managed is tx for a function that may not end it.
func Managed(tx pgx.Tx) pgx.Tx { return managedTx{tx} }

// BeginTx begins a transaction for a function, when few enough have one that the
// process goes on. What is not committed at the end is rolled back.
func (e *Engine) BeginTx(ctx context.Context) (tx pgx.Tx, end func(), err error) {
	select {
	case e.txSlots <- struct{}{}:
	case <-ctx.Done():
		return nil, nil, context.Cause(ctx)
	}
	tx, err = e.config.Pool.Begin(ctx)
	if err != nil {
		<-e.txSlots
		return nil, nil, err
	}
	return tx, func() {
		_ = tx.Rollback(context.WithoutCancel(ctx)) // without effect after the commit
		<-e.txSlots
	}, nil
}

// doTx runs a function in the transaction that also checkpoints its step: both
// are committed, or neither is.
func (t *thread) doTx(b *body, function Function, args []json.RawMessage) (*assignment, error) {
	tx, end, err := t.BeginTx(b.ctx)
	if err != nil {
		return nil, t.interrupted(b, err)
	}
	defer end()

	var output json.RawMessage
	err = b.run(func(ctx context.Context) (err error) {
		output, err = function.DoTx(ctx, Managed(tx), args)
		return err
	})
	if err == nil {
		err = errors.Join(t.checkOutput(output), CheckTx(tx))
	}
	if err != nil {
		_ = tx.Rollback(context.WithoutCancel(b.ctx))
		return nil, t.failed(b, err)
	}

	// Until the commit is sent nothing is in doubt: what goes wrong is the attempt's.
	item := t.checkpoint(b, output)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(b.ctx), batch.Patience)
	defer cancel()
	if err := advance(ctx, tx, advanceTxSQL, t.crew.worker, []*advanceItem{item}, true); err != nil {
		_ = tx.Rollback(ctx)
		if errors.Is(err, ErrLost) {
			return nil, err
		}
		return nil, t.failed(b, fmt.Errorf("recording the step: %w", err))
	}
	if item.reply.lost {
		return nil, nil // rolled back: what the body wrote is not to stay
	}
	if err := tx.Commit(ctx); err != nil {
		if batch.IsAnswer(err) { // such as that of a deferred constraint of the user's
			return nil, t.failed(b, err)
		}
		return nil, err
	}
	return t.proceed(b, item), nil
}

// CheckTx makes sure that the function has left its transaction open and sound.
func CheckTx(tx pgx.Tx) error {
	const open, aborted = 'T', 'E'
	switch tx.Conn().PgConn().TxStatus() {
	case open:
		return nil
	case aborted:
		return errors.New("the function has let an error of its transaction pass")
	default:
		return Permanent(fmt.Errorf("%w: the function has ended it by SQL", ErrManagedTx))
	}
}

// interrupted is what becomes of a thread that could not begin its body.
func (t *thread) interrupted(b *body, err error) error {
	if context.Cause(b.ctx) != nil {
		return t.failed(b, err)
	}
	return err
}
