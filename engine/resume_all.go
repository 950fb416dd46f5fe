package engine

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"
)

// Resumed is what ResumeAll did with one workflow.
type Resumed struct {
	// ID is the workflow's.
	ID string

	// Status is the workflow's afterwards.
	Status Status

	// Reason says why the workflow was left as it was, and is empty if it wasn't.
	Reason string
}

const resumeAllSQL = `select workflow_id, status, error from weir.resume_all($1)`

// ResumeAll resumes every RESUMABLE workflow and, with includeFailed, every
// FAILED one, in one statement.
func (e *Engine) ResumeAll(ctx context.Context, includeFailed bool) ([]Resumed, error) {
	return resumeAll(ctx, e.config.Pool, includeFailed)
}

// ResumeAllTx is ResumeAll in the caller's transaction.
func (e *Engine) ResumeAllTx(ctx context.Context, tx pgx.Tx, includeFailed bool) ([]Resumed, error) {
	return resumeAll(ctx, tx, includeFailed)
}

func resumeAll(ctx context.Context, db querier, includeFailed bool) ([]Resumed, error) {
	rows, _ := db.Query(ctx, resumeAllSQL, includeFailed)
	resumed, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (r Resumed, err error) {
		err = row.Scan(&r.ID, &r.Status, (*zeronull.Text)(&r.Reason))
		return r, err
	})
	return resumed, FromDatabase(err)
}
