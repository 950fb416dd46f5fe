package actors

import (
	"github.com/pgweir/weir/internal/batch"
	"github.com/pgweir/weir/queue"
)

// offer is this process's to run at once what a batch accepts.
type offer struct {
	*Runtime
	shift *queue.Shift  // nil: it runs nothing
	slots map[key]*Type // of which a slot was taken
}

// newOffer takes part in the life of the worker until the end of the offer, so that
// what the database grants isn't taken away before it was begun.
func (r *Runtime) newOffer() *offer {
	o := &offer{Runtime: r, slots: make(map[key]*Type)}
	o.shift, _ = r.Shift()
	return o
}

// worker is the id to offer under, nil if there is none.
func (o *offer) worker() *string {
	if o.shift == nil {
		return nil
	}
	return &o.shift.Worker
}

// take reports whether the process would run a call of an actor, for which it has a
// slot then.
func (o *offer) take(actor key, method string) bool {
	t := o.types[actor.typ]
	if o.shift == nil || !t.knows(method) {
		return false
	}
	if o.slots[actor] != nil {
		return true
	}
	if !o.Runtime.slots.take(t.queueOf()) {
		return false
	}
	o.slots[actor] = t
	return true
}

// end begins the turns that were granted, and gives back the slots of the others.
func (o *offer) end(granted map[int64]*grant, err error) {
	if o.shift == nil {
		return
	}
	defer o.shift.End()
	if err != nil && len(o.slots) > 0 && !batch.IsAnswer(err) {
		o.reconciler.doubt()
	}
	for _, g := range granted {
		t := o.slots[key{g.typ, g.id}]
		delete(o.slots, key{g.typ, g.id})
		shift := o.shift.More()
		go func() {
			defer shift.End()
			defer o.Runtime.slots.giveBack(t.queueOf())
			o.runGrant(shift, g)
		}()
	}
	for _, t := range o.slots {
		o.Runtime.slots.giveBack(t.queueOf())
	}
}
