package actors

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"
)

// pass says how a turn goes on after a commit.
type pass string

const (
	passGoOn   pass = "go on"   // with what came meanwhile
	passYield  pass = "yield"   // it ends: what is left is others'
	passRetry  pass = "retry"   // the call at the head failed, and may be tried again
	passGiveUp pass = "give up" // the call at the head failed for good, and others with it
)

// answer is how a call ended.
type answer struct {
	seq     int64
	method  string // empty: the constructor
	attempt int32
	began   time.Time
	result  json.RawMessage
	failure json.RawMessage // nil if it succeeded
}

// commitItem is what was done in a turn, on its way to being committed.
type commitItem struct {
	actor    int64
	epoch    int64
	answered int64           // the last call that is answered now
	answers  []answer        // in order, up to that
	state    json.RawMessage // nil if it is as it was
	pass     pass
	failed   answer // of the call at the head: passRetry and passGiveUp
	lost     bool
	replied  bool // steps wait for answers of the batch
	next     []call
}

func (i *commitItem) size() int {
	bytes := len(i.state)
	for _, a := range i.answers {
		bytes += len(a.result) + len(a.failure)
	}
	return bytes
}

const (
	commitSQL      = `select * from weir_internal.actor_commit($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`
	commitTxSQL    = `select * from weir_internal.actor_commit_tx($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`
	commitAloneSQL = `select * from weir_internal.actor_commit_alone($1, $2, $3, $4, $5, $6, $7, $8, $9)`
)

// commit does a batch of commits for a worker. An actor is in it once.
func commit(ctx context.Context, db querier, worker string, batch []*commitItem, patient bool) error {
	if !patient && len(batch) == 1 && batch[0].isAlone() {
		return commitAlone(ctx, db, worker, batch[0])
	}
	return commitBatch(ctx, db, commitSQL, worker, batch, patient)
}

// commitTx commits an item in the transaction of its method.
func commitTx(ctx context.Context, tx pgx.Tx, worker string, item *commitItem) error {
	return commitBatch(ctx, tx, commitTxSQL, worker, []*commitItem{item}, true)
}

// isAlone says that it may be an actor's only answer.
func (i *commitItem) isAlone() bool { return i.pass == passGoOn && len(i.answers) == 1 }

func commitAlone(ctx context.Context, db querier, worker string, i *commitItem) error {
	a := i.answers[0]
	return commitBy(ctx, db, []*commitItem{i}, commitAloneSQL,
		worker, i.actor, i.epoch, i.state, a.seq, a.attempt, time.Since(a.began).Seconds(), a.result, a.failure)
}

func commitBatch(ctx context.Context, db querier, sql, worker string, batch []*commitItem, patient bool) error {
	var (
		actor    = make([]int64, len(batch))
		epoch    = make([]int64, len(batch))
		answered = make([]int64, len(batch))
		state    = make([]json.RawMessage, len(batch))
		passes   = make([]string, len(batch))
		failure  = make([]json.RawMessage, len(batch))
		attempt  = make([]int32, len(batch))
		a        answerColumns
	)
	for i, item := range batch {
		actor[i], epoch[i], answered[i], state[i] = item.actor, item.epoch, item.answered, item.state
		passes[i], failure[i], attempt[i] = string(item.pass), item.failed.failure, item.failed.attempt
		a.append(int32(i+1), item.answers)
	}
	return commitBy(ctx, db, batch, sql, worker, actor, epoch, answered, state, passes, failure, attempt,
		a.ord, a.seq, a.attempt, a.began, a.result, a.failure, patient)
}

// commitBy makes a call, and puts what its rows say into the items.
func commitBy(ctx context.Context, db querier, batch []*commitItem, sql string, args ...any) error {
	found, err := hands(ctx, db, sql, args...)
	if err != nil {
		return err
	}
	items := make(map[int64]*commitItem, len(batch))
	for _, item := range batch {
		item.lost, item.replied, item.next = false, false, nil
		items[item.actor] = item
	}
	for i := range found {
		switch h := &found[i]; h.verdict {
		case verdictLost:
			items[h.actor].lost = true
		case verdictReplied:
			batch[0].replied = true
		case verdictCall:
			items[h.actor].next = append(items[h.actor].next, h.call)
		}
	}
	return nil
}

// answerColumns are answers as the arrays of a set-based call.
type answerColumns struct {
	ord     []int32 // position of the turn in its batch, from 1
	seq     []int64
	attempt []int32
	began   []float64 // seconds ago
	result  []json.RawMessage
	failure []json.RawMessage
}

func (c *answerColumns) append(ord int32, answers []answer) {
	for _, a := range answers {
		c.ord = append(c.ord, ord)
		c.seq = append(c.seq, a.seq)
		c.attempt = append(c.attempt, a.attempt)
		c.began = append(c.began, time.Since(a.began).Seconds())
		c.result = append(c.result, a.result)
		c.failure = append(c.failure, a.failure)
	}
}
