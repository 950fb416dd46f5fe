package sdk

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/pgweir/weir/engine"
)

// Resumed is what ResumeAll did with one workflow.
type Resumed struct {
	// ID is the workflow's; Attach gives its Handle.
	ID string

	// Status is the workflow's afterwards. One that is RESUMABLE still waits for a
	// worker that can run it.
	Status Status

	// Err says why the workflow was left as it was, and is nil if it wasn't.
	Err error
}

// ResumeAll resumes every RESUMABLE workflow and, with includeFailed, every FAILED
// one; never a CANCELED one. It has one entry for each, the oldest first. One that
// somebody's transaction has locked just now is left as it was, and its entry says
// so. All of it is one statement.
func (c *Client) ResumeAll(ctx context.Context, includeFailed bool) ([]Resumed, error) {
	return resumedOf(c.backend.ResumeAll(ctx, includeFailed))
}

// ResumeAllTx is ResumeAll within tx: it holds once tx commits.
func (c *Client) ResumeAllTx(ctx context.Context, tx pgx.Tx, includeFailed bool) ([]Resumed, error) {
	return resumedOf(c.backend.ResumeAllTx(ctx, tx, includeFailed))
}

func resumedOf(stored []engine.Resumed, err error) ([]Resumed, error) {
	resumed := make([]Resumed, len(stored))
	for i, r := range stored {
		resumed[i] = Resumed{ID: r.ID, Status: r.Status}
		if r.Reason != "" {
			resumed[i].Err = fmt.Errorf("workflow %q: %s", r.ID, r.Reason)
		}
	}
	return resumed, err
}
