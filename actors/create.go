package actors

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
)

// createItem is an actor on its way to being there.
type createItem struct {
	key      key
	queue    string
	args     json.RawMessage
	metadata json.RawMessage
	claim    bool // this process would run the constructor
	actor    int64
	created  bool
}

// key names an actor.
type key struct{ typ, id string }

func (k key) compare(other key) int {
	return cmp.Or(cmp.Compare(k.typ, other.typ), cmp.Compare(k.id, other.id))
}

func (i *createItem) size() int { return len(i.args) + len(i.metadata) }

const createSQL = `select * from weir_internal.actor_create($1, $2, $3, $4, $5, $6, $7, $8)`

// create does a batch of creations, and returns the turns that the worker holds
// now. An item whose actor is 0 was deleted between two looks.
func create(ctx context.Context, db querier, worker *string, batch []*createItem, patient bool) (map[int64]*grant, error) {
	slices.SortStableFunc(batch, func(a, b *createItem) int { return a.key.compare(b.key) })
	var (
		typ      = make([]string, len(batch))
		id       = make([]string, len(batch))
		queue    = make([]string, len(batch))
		args     = make([]json.RawMessage, len(batch))
		metadata = make([]json.RawMessage, len(batch))
		claim    = make([]bool, len(batch))
	)
	for i, item := range batch {
		typ[i], id[i], queue[i] = item.key.typ, item.key.id, item.queue
		args[i], metadata[i], claim[i] = item.args, item.metadata, item.claim
	}
	found, err := hands(ctx, db, createSQL, worker, typ, id, queue, args, metadata, claim, patient)
	if err != nil {
		return nil, err
	}
	for i := range found {
		if h := &found[i]; h.verdict == verdictAccepted {
			item := batch[h.ord-1]
			item.actor, item.created = h.actor, h.seq > 0
		}
	}
	return grants(found), nil
}
