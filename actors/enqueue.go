package actors

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"github.com/pgweir/weir/engine"
	"github.com/pgweir/weir/internal/waiting"
)

// callItem is a call on its way to being accepted.
type callItem struct {
	key      key
	method   string
	name     string
	args     json.RawMessage
	policy   json.RawMessage
	metadata json.RawMessage
	claim    bool            // this process would run it
	caller   json.RawMessage // nil if it is nobody that is stored
	waits    bool            // for the answer, here
	called   Called
	again    bool // it was accepted before
	lost     bool // the step that calls is no longer the worker's
	refused  error
	waiter   *waiting.Waiter[int64, Outcome]
}

func (i *callItem) size() int { return len(i.args) + len(i.metadata) }

const (
	enqueueSQL      = `select * from weir_internal.actor_enqueue($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
	enqueueAloneSQL = `select * from weir_internal.actor_enqueue_alone($1, $2, $3, $4, $5, $6, $7, $8)`
)

// enqueue does a batch of calls, in their order, and returns the turns that the
// worker holds now. An item whose actor is 0 was not accepted: its actor is
// unknown.
func enqueue(ctx context.Context, db querier, worker *string, batch []*callItem, patient bool) (map[int64]*grant, error) {
	var found []hand
	var err error
	if !patient && len(batch) == 1 && worker != nil && batch[0].isAlone() {
		found, err = enqueueAlone(ctx, db, *worker, batch[0])
	} else {
		found, err = enqueueBatch(ctx, db, worker, batch, patient)
	}
	if err != nil {
		return nil, err
	}
	for i := range found {
		if h := &found[i]; h.ord > 0 {
			batch[h.ord-1].told(h)
		}
	}
	return grants(found), nil
}

// isAlone says that it may be an actor's only call, to be run here.
func (i *callItem) isAlone() bool { return i.claim && i.caller == nil }

func enqueueAlone(ctx context.Context, db querier, worker string, i *callItem) ([]hand, error) {
	return hands(ctx, db, enqueueAloneSQL,
		worker, i.key.typ, i.key.id, i.method, zeronull.Text(i.name), i.args, i.policy, i.metadata)
}

func enqueueBatch(ctx context.Context, db querier, worker *string, batch []*callItem, patient bool) ([]hand, error) {
	var (
		typ      = make([]string, len(batch))
		id       = make([]string, len(batch))
		method   = make([]string, len(batch))
		name     = make([]zeronull.Text, len(batch))
		args     = make([]json.RawMessage, len(batch))
		policy   = make([]json.RawMessage, len(batch))
		metadata = make([]json.RawMessage, len(batch))
		claim    = make([]bool, len(batch))
		callers  []json.RawMessage
	)
	for i, item := range batch {
		typ[i], id[i], method[i], name[i] = item.key.typ, item.key.id, item.method, zeronull.Text(item.name)
		args[i], policy[i], metadata[i], claim[i] = item.args, item.policy, item.metadata, item.claim
		if item.caller != nil {
			if callers == nil {
				callers = make([]json.RawMessage, len(batch))
			}
			callers[i] = item.caller
		}
	}
	return hands(ctx, db, enqueueSQL, worker, typ, id, method, name, args, policy, metadata, claim, callers, patient)
}

// told is what a row says of the item.
func (i *callItem) told(h *hand) {
	switch h.verdict {
	case verdictAccepted, verdictAgain:
		i.called, i.again = Called{key: i.key, actor: h.actor, Seq: h.seq}, h.verdict == verdictAgain
	case verdictLost:
		i.lost = true
	case verdictCircle:
		i.refused = cycleError(h.args)
	case verdictUnknown:
		if h.actor != 0 { // else that comes first
			i.refused = fmt.Errorf("no worker has the method %q of %s: %w", i.method, i.key.typ, engine.ErrUnknownMethod)
		}
	}
}
