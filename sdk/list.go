package sdk

import (
	"context"
	"iter"
	"time"

	"github.com/pgweir/weir/engine"
)

// Workflow is one that a list found: ID, Name, Status, Metadata (the JSON object
// given at its start), Steps (how many it has so far), CreatedAt, StartedAt,
// FinishedAt, Error of one that failed, and CancelReason. A time that isn't yet
// is zero.
type Workflow = engine.Workflow

// ListPage is a part of a list: its Workflows, and Next, the ListOpts.After of the
// page after it, which is empty if there is none.
type ListPage = engine.ListPage

// ListOpts say which workflows a list has: those that pass every filter that isn't
// zero.
type ListOpts struct {
	// Status are those that a workflow may have. One that is RESUMABLE isn't
	// RUNNING.
	Status []Status

	// Name is that of the registered graph that a workflow was started from.
	Name string

	// Metadata is what the metadata of a workflow contains: these keys with these
	// values, among others.
	Metadata map[string]any

	// IDPrefix is what the id of a workflow begins with.
	IDPrefix string

	// CreatedFrom is the first time of creation that passes.
	CreatedFrom time.Time

	// CreatedBefore is the first time of creation that is too late.
	CreatedBefore time.Time

	// FinishedFrom is the first time of the end that passes.
	FinishedFrom time.Time

	// FinishedBefore is the first time of the end that is too late.
	FinishedBefore time.Time

	// After goes on behind a page: its ListPage.Next.
	After string

	// PageSize is the most workflows that are fetched at once, up to 1,000.
	//
	// Defaults to 100.
	PageSize int
}

// List returns the workflows, the newest first, and fetches page after page as it
// goes. What is started meanwhile isn't in it. An error, such as an *InputError for
// a mistake in opts, ends it.
func (c *Client) List(ctx context.Context, opts ListOpts) iter.Seq2[Workflow, error] {
	return func(yield func(Workflow, error) bool) {
		for {
			page, err := c.ListPage(ctx, opts)
			if err != nil {
				yield(Workflow{}, err)
				return
			}
			for _, workflow := range page.Workflows {
				if !yield(workflow, nil) {
					return
				}
			}
			if opts.After = page.Next; opts.After == "" {
				return
			}
		}
	}
}

// ListPage returns one page of what List does. It fails with an *InputError for
// each mistake in opts.
func (c *Client) ListPage(ctx context.Context, opts ListOpts) (ListPage, error) {
	metadata, err := metadataOf(opts.Metadata)
	if err != nil {
		return ListPage{}, err
	}
	return c.backend.List(ctx, engine.ListParams{
		Status:         opts.Status,
		Name:           opts.Name,
		Metadata:       metadata,
		IDPrefix:       opts.IDPrefix,
		CreatedFrom:    opts.CreatedFrom,
		CreatedBefore:  opts.CreatedBefore,
		FinishedFrom:   opts.FinishedFrom,
		FinishedBefore: opts.FinishedBefore,
		After:          opts.After,
		PageSize:       opts.PageSize,
	})
}
