package engine

import (
	"cmp"
	"context"
	"slices"

	"github.com/pgweir/weir/queue"
)

// claimItem is a token on its way to a claim.
type claimItem struct {
	token queue.Token
	reply reply
}

const claimSQL = `select * from weir_internal.claim($1, $2, $3, $4, $5)`

// claim does a batch of claims for a worker.
func (e *Engine) claim(ctx context.Context, worker string, batch []*claimItem, patient bool) error {
	slices.SortFunc(batch, func(a, b *claimItem) int {
		return cmp.Or(cmp.Compare(a.token.Workflow, b.token.Workflow), cmp.Compare(a.token.Step, b.token.Step))
	})
	job := make([]int64, len(batch))
	workflow := make([]int64, len(batch))
	no := make([]int32, len(batch))
	for i, item := range batch {
		job[i], workflow[i], no[i] = item.token.Job, item.token.Workflow, item.token.Step
	}

	rows, _ := e.config.Pool.Query(ctx, claimSQL, worker, job, workflow, no, patient)
	hands, err := collectHands(rows, 8*len(batch))
	if err != nil {
		return FromDatabase(err)
	}
	for i, r := range replies(len(batch), hands) {
		batch[i].reply = r
	}
	return nil
}
