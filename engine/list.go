package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"
)

// Workflow is one that a list found.
type Workflow struct {
	// ID is what it was started with.
	ID string

	// Name is that of the registered graph that it was started from, or empty.
	Name string

	// Status is where it stands.
	Status Status

	// Metadata is what was given at the start, a JSON object.
	Metadata json.RawMessage

	// Steps is how many steps it has so far.
	Steps int

	// CreatedAt is when it was stored.
	CreatedAt time.Time

	// StartedAt is when it was last set going, zero if it never was.
	StartedAt time.Time

	// FinishedAt is when it ended, zero if it has not.
	FinishedAt time.Time

	// Error is why it failed, nil if it has not.
	Error *StepError

	// CancelReason is what was said when it was cancelled.
	CancelReason string
}

// ListParams say which workflows a list has: those that pass every filter that
// isn't zero.
type ListParams struct {
	// Status are those that a workflow may have.
	Status []Status

	// Name is that of a registered graph.
	Name string

	// Metadata is a JSON object that the workflow's contains.
	Metadata json.RawMessage

	// IDPrefix is what the ID begins with.
	IDPrefix string

	// CreatedFrom is the first time of CreatedAt, CreatedBefore the first one that
	// is too late.
	CreatedFrom, CreatedBefore time.Time

	// FinishedFrom is the first time of FinishedAt, FinishedBefore the first one
	// that is too late.
	FinishedFrom, FinishedBefore time.Time

	// After is the cursor of the page before.
	After string

	// PageSize is the most workflows that a page has, up to 1,000.
	//
	// Defaults to 100.
	PageSize int
}

// ListPage is a part of a list.
type ListPage struct {
	// Workflows are sorted, the newest first.
	Workflows []Workflow

	// Next is the cursor to go on with, empty if the list ends here.
	Next string
}

const defaultPageSize = 100

const listSQL = `
select
  workflow_id, name, status, metadata, steps, created_at, started_at, finished_at, error, cancel_reason, cursor
from weir.list($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`

// List returns a page of the workflows that are there. Error: *InputError.
func (e *Engine) List(ctx context.Context, params ListParams) (ListPage, error) {
	params.PageSize = cmp.Or(params.PageSize, defaultPageSize)
	if err := params.validate(e.config.Limits); err != nil {
		return ListPage{}, err
	}
	if len(params.Status) == 0 {
		params.Status = nil // all, and not none
	}
	rows, _ := e.config.Pool.Query(ctx, listSQL,
		params.Status, zeronull.Text(params.Name), params.Metadata, zeronull.Text(params.IDPrefix),
		zeronull.Timestamptz(params.CreatedFrom), zeronull.Timestamptz(params.CreatedBefore),
		zeronull.Timestamptz(params.FinishedFrom), zeronull.Timestamptz(params.FinishedBefore),
		zeronull.Text(params.After), params.PageSize,
	)
	var page ListPage
	var cursor string
	workflows, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (w Workflow, err error) {
		err = row.Scan(
			&w.ID, (*zeronull.Text)(&w.Name), &w.Status, &w.Metadata, &w.Steps,
			&w.CreatedAt, (*zeronull.Timestamptz)(&w.StartedAt), (*zeronull.Timestamptz)(&w.FinishedAt),
			&w.Error, (*zeronull.Text)(&w.CancelReason), &cursor,
		)
		return w, err
	})
	if err != nil {
		return ListPage{}, FromDatabase(err)
	}
	page.Workflows = workflows
	if len(workflows) == params.PageSize {
		page.Next = cursor
	}
	return page, nil
}

// validate refuses text that doesn't reach the database; all else that may be
// wrong the database refuses.
func (p *ListParams) validate(limits Limits) error {
	errs := []error{CheckObject("metadata", p.Metadata, limits)}
	for i, status := range p.Status {
		errs = append(errs, CheckText(fmt.Sprintf("status[%d]", i), string(status)))
	}
	errs = append(errs, checkGiven("name", p.Name), checkGiven("id_prefix", p.IDPrefix), checkGiven("after", p.After))
	return errors.Join(errs...)
}

// checkGiven is CheckText for what may be absent.
func checkGiven(field, text string) error {
	if text == "" {
		return nil
	}
	return CheckText(field, text)
}
