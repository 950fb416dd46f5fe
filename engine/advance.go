package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"github.com/jackc/pgx/v5"
)

// pass says how a thread goes on after a checkpoint.
type pass string

const (
	passRun   pass = "run"   // it holds the follower already
	passHand  pass = "hand"  // it takes one successor if one is ready
	passYield pass = "yield" // it ends: successors are others'
)

// advanceItem is a step that succeeded, on its way to its checkpoint.
type advanceItem struct {
	job      int64
	workflow int64
	no       int32
	epoch    int32
	attempt  int32
	took     float64 // seconds
	output   json.RawMessage
	pass     pass
	reply    reply
}

func (i *advanceItem) size() int { return len(i.output) }

const (
	advanceSQL   = `select * from weir_internal.advance($1, $2, $3, $4, $5, $6, $7, $8, $9, true, $10)`
	advanceTxSQL = `select * from weir_internal.advance_tx($1, $2, $3, $4, $5, $6, $7, $8, $9, true, $10)`
)

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// advance does a batch of checkpoints for a worker.
func advance(ctx context.Context, db querier, sql, worker string, batch []*advanceItem, patient bool) error {
	slices.SortFunc(batch, func(a, b *advanceItem) int {
		return cmp.Or(cmp.Compare(a.workflow, b.workflow), cmp.Compare(a.no, b.no))
	})
	var (
		workflow = make([]int64, len(batch))
		no       = make([]int32, len(batch))
		epoch    = make([]int32, len(batch))
		job      = make([]int64, len(batch))
		attempt  = make([]int32, len(batch))
		took     = make([]float64, len(batch))
		output   = make([]json.RawMessage, len(batch))
		passes   = make([]string, len(batch))
	)
	for i, item := range batch {
		workflow[i], no[i], epoch[i], job[i] = item.workflow, item.no, item.epoch, item.job
		attempt[i], took[i], output[i], passes[i] = item.attempt, item.took, item.output, string(item.pass)
	}

	rows, _ := db.Query(ctx, sql, worker, workflow, no, epoch, job, attempt, took, output, passes, patient)
	hands, err := collectHands(rows, len(batch))
	if err != nil {
		return FromDatabase(err)
	}
	for i, r := range replies(len(batch), hands) {
		batch[i].reply = r
	}
	return nil
}
