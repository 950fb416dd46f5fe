package engine

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

// Status returns where a workflow stands. Error: ErrNotFound.
func (e *Engine) Status(ctx context.Context, id string) (status Status, err error) {
	err = manage(ctx, e.config.Pool, `select weir.status($1)`, id, &status)
	return status, err
}

// Cancel stops a workflow. When it returns no further step of it starts; bodies
// that run get a cancelled context within a second, wherever they run. Cancelling
// what is cancelled is no error. Errors: ErrNotFound, ErrFinished.
func (e *Engine) Cancel(ctx context.Context, id, reason string) error {
	return cancel(ctx, e.config.Pool, id, reason)
}

// CancelTx is Cancel in the caller's transaction: what it says holds when that
// commits.
func (e *Engine) CancelTx(ctx context.Context, tx pgx.Tx, id, reason string) error {
	return cancel(ctx, tx, id, reason)
}

func cancel(ctx context.Context, db querier, id, reason string) error {
	var refused error
	if reason != "" {
		refused = CheckTextUpTo("reason", reason, maxReason)
	}
	if err := errors.Join(CheckText("id", id), refused); err != nil {
		return err
	}
	var canceled bool
	return manage(ctx, db, `select weir.cancel($1, nullif($2, ''))`, id, &canceled, reason)
}

const maxReason = 4096 // bytes

// Resume sets a FAILED, CANCELED or RESUMABLE workflow going again from its
// checkpoints and returns its status then, PENDING behind a limit. Others stay as
// they are. Error: ErrNotFound.
func (e *Engine) Resume(ctx context.Context, id string) (status Status, err error) {
	err = manage(ctx, e.config.Pool, `select weir.resume($1)`, id, &status)
	return status, err
}

// ResumeTx is Resume in the caller's transaction.
func (e *Engine) ResumeTx(ctx context.Context, tx pgx.Tx, id string) (status Status, err error) {
	err = manage(ctx, tx, `select weir.resume($1)`, id, &status)
	return status, err
}

// Delete removes everything of a workflow that has ended. Its id is free again.
// Errors: ErrNotFound, ErrActive.
func (e *Engine) Delete(ctx context.Context, id string) error {
	return manage(ctx, e.config.Pool, deleteSQL, id, new(bool))
}

// DeleteTx is Delete in the caller's transaction.
func (e *Engine) DeleteTx(ctx context.Context, tx pgx.Tx, id string) error {
	return manage(ctx, tx, deleteSQL, id, new(bool))
}

const deleteSQL = `select true from weir.delete($1)`

// manage calls one of Weir's public functions for a workflow.
func manage(ctx context.Context, db querier, sql, id string, result any, args ...any) error {
	if err := CheckText("id", id); err != nil {
		return err
	}
	return FromDatabase(db.QueryRow(ctx, sql, append([]any{id}, args...)...).Scan(result))
}

const checkSQL = `
select invariant, coalesce(workflow_id, ''), coalesce(step, ''), coalesce(detail, '')
from weir.check()`

// Check returns every invariant that doesn't hold: none, at any time.
func (e *Engine) Check(ctx context.Context) ([]Violation, error) {
	rows, _ := e.config.Pool.Query(ctx, checkSQL)
	violations, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Violation])
	return violations, FromDatabase(err)
}
