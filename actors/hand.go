package actors

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"github.com/pgweir/weir/engine"
)

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// Verdicts of a hand.
const (
	verdictAccepted = "accepted"
	verdictTurn     = "turn"
	verdictCall     = "call"
	verdictLost     = "lost"
	verdictAgain    = "again"
	verdictCircle   = "circle"
	verdictUnknown  = "unknown"
	verdictReplied  = "replied"
)

// hand is a row of weir_internal.actor_hand. What a verdict doesn't need is zero.
type hand struct {
	verdict string
	ord     int32 // the item's position in the call, from 1
	actor   int64
	typ     string
	id      string
	epoch   int64
	careful bool
	state   json.RawMessage
	call
}

// call is one call of a turn, to be run.
type call struct {
	seq     int64
	method  string // empty: the constructor
	name    string
	attempt int32 // attempts before
	args    json.RawMessage
	policy  json.RawMessage
	tick    string // of a reminder, as name@time, or empty
}

func scanHand(row pgx.CollectableRow) (h hand, err error) {
	var careful *bool
	err = row.Scan(
		&h.verdict, (*zeronull.Int4)(&h.ord), (*zeronull.Int8)(&h.actor), (*zeronull.Text)(&h.typ), (*zeronull.Text)(&h.id),
		(*zeronull.Int8)(&h.epoch), &careful, &h.state,
		(*zeronull.Int8)(&h.seq), (*zeronull.Text)(&h.method), (*zeronull.Text)(&h.name), (*zeronull.Int4)(&h.attempt),
		&h.args, &h.policy, (*zeronull.Text)(&h.tick),
	)
	h.careful = careful != nil && *careful
	return h, err
}

// hands makes a call and reads its rows.
func hands(ctx context.Context, db querier, sql string, args ...any) ([]hand, error) {
	rows, _ := db.Query(ctx, sql, args...)
	found, err := pgx.CollectRows(rows, scanHand)
	return found, engine.FromDatabase(err)
}

// grant is a turn that a worker holds, with the calls to run in it.
type grant struct {
	actor   int64
	typ     string
	id      string
	epoch   int64
	careful bool // the turn was lost before: each call is committed alone
	state   json.RawMessage
	calls   []call
}

// grants gathers the turns among the rows of a call.
func grants(found []hand) map[int64]*grant {
	granted := make(map[int64]*grant)
	for i := range found {
		switch h := &found[i]; h.verdict {
		case verdictTurn:
			granted[h.actor] = &grant{actor: h.actor, typ: h.typ, id: h.id, epoch: h.epoch, careful: h.careful, state: h.state}
		case verdictCall:
			if g := granted[h.actor]; g != nil {
				g.calls = append(g.calls, h.call)
			}
		}
	}
	return granted
}
