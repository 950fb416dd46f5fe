package engine

import (
	"context"
	"encoding/json"

	"github.com/pgweir/weir/internal/batch"
	"github.com/pgweir/weir/queue"
)

// handed is the part of a start that an idle thread takes over.
type handed struct {
	to  *idler // nil if nobody does
	no  int32  // the step that it goes on with
	job int64  // under which it holds that, 0 if it was given nothing
}

// startBatch does a batch of starts, and hands some of them to threads of this
// process that have run out of work. No thread waits for a start that is patient.
func (e *Engine) startBatch(ctx context.Context, batch []*startItem, patient bool) error {
	worker := ""
	for _, item := range batch {
		item.handed = handed{}
		if !patient {
			worker = e.handOver(item, worker)
		}
	}
	err := start(ctx, e.config.Pool, batch, patient)
	for _, item := range batch {
		item.answer(err)
	}
	return err
}

// handOver finds an idle thread for a start. All threads of a batch belong to one
// worker id, that of the first: the others are from a life that has just ended or
// just begun.
func (e *Engine) handOver(item *startItem, worker string) string {
	no := item.columns.firstFor(e.functions)
	if no < 0 {
		return worker
	}
	idler := e.idlers.take(item.columns.queue[no])
	switch {
	case idler == nil:
		return worker
	case worker != "" && idler.worker != worker:
		idler.gift <- nil
		return worker
	}
	item.handed = handed{to: idler, no: int32(no)}
	return idler.worker
}

// firstFor returns the first step that waits for nothing and has one of the
// functions, -1 if there is none.
func (c *stepColumns) firstFor(functions map[string]Function) int {
	for i, dependencies := range c.dependencies {
		if _, known := functions[c.function[i]]; known && dependencies == noDependencies {
			return i
		}
	}
	return -1
}

// handedColumns are who takes over what of a batch, with the jobs that they have yet
// to finish. worker is empty if nobody takes anything.
func handedColumns(batch []*startItem) (worker string, hand []*int32, done []int64) {
	hand = make([]*int32, len(batch))
	for i, item := range batch {
		if to := item.handed.to; to != nil {
			worker = to.worker
			hand[i] = &item.handed.no
			if !to.finished {
				done = append(done, to.done)
			}
		}
	}
	return worker, hand, done
}

// answer lets the thread go on that the start was to be handed to. Whether a call
// whose answer was lost gave it anything nobody knows.
func (i *startItem) answer(err error) {
	to := i.handed.to
	if to == nil {
		return
	}
	if err != nil {
		if !batch.IsAnswer(err) {
			to.doubt = i.params.ID
		}
		to.gift <- nil
		return
	}
	to.finished = true
	if i.handed.job == 0 {
		to.gift <- nil
		return
	}
	to.token = queue.Token{Job: i.handed.job, Workflow: i.started.Key, Step: i.handed.no}
	to.gift <- i.assignment()
}

// assignment is what a claim of the step would have answered.
func (i *startItem) assignment() *assignment {
	first := i.hand(int(i.handed.no))
	first.verdict = verdictNext
	first.workflowID = i.params.ID
	first.epoch, first.attempt = 1, 1
	first.inputs = inputs{outputs: []json.RawMessage{}, errors: []json.RawMessage{}}

	a := &assignment{hand: &first}
	for no := range min(int(i.columns.run[i.handed.no]), threadSteps-1) {
		a.followers = append(a.followers, i.hand(int(i.handed.no)+1+no))
	}
	return a
}

// hand is a step of the workflow as its row was stored.
func (i *startItem) hand(no int) hand {
	return hand{
		verdict:  verdictFollower,
		workflow: i.started.Key,
		no:       int32(no),
		name:     i.columns.name[no],
		function: i.columns.function[no],
		queue:    i.columns.queue[no],
		args:     i.columns.args[no],
		policy:   i.columns.policy[no],
	}
}
