package actors

import (
	"context"

	"github.com/pgweir/weir/queue"
)

// claimItem is a token on its way to a claim.
type claimItem struct {
	token queue.Token
	grant *grant // nil: there is nothing to do for it
}

const claimSQL = `select * from weir_internal.actor_claim($1, $2, $3, $4)`

// claim does a batch of claims for a worker.
func claim(ctx context.Context, db querier, worker string, batch []*claimItem, patient bool) error {
	job := make([]int64, len(batch))
	actor := make([]int64, len(batch))
	for i, item := range batch {
		job[i], actor[i] = item.token.Job, item.token.Workflow
	}
	found, err := hands(ctx, db, claimSQL, worker, job, actor, patient)
	if err != nil {
		return err
	}
	granted := grants(found)
	for _, item := range batch {
		item.grant = granted[item.token.Workflow]
		delete(granted, item.token.Workflow) // a second token of an actor is stale
	}
	return nil
}
