package engine

import (
	"encoding/json"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"
)

// verdict is what a call says of one of its items.
type verdict string

const (
	verdictNext     verdict = "next"     // the thread holds this step now
	verdictFollower verdict = "follower" // and this one further along the same run
	verdictLost     verdict = "lost"     // the item's step was no longer the thread's
	verdictStopped  verdict = "stopped"  // checkpointed, but its workflow was stopped
	verdictFinished verdict = "finished" // the item ended its workflow
	verdictSleeping verdict = "sleeping" // a sleep began after the item
)

// hand is a row of weir_internal.hand. What a verdict doesn't need is zero.
type hand struct {
	verdict    verdict
	ord        int // the item's position in the call, from 1
	workflow   int64
	workflowID string
	no         int32
	epoch      int32
	attempt    int32
	failures   int32
	name       string
	function   string
	queue      string
	args       json.RawMessage
	policy     json.RawMessage
	inputs     inputs
}

// collectHands reads the rows of a call, about as many as expected.
func collectHands(rows pgx.Rows, expected int) ([]hand, error) {
	return pgx.AppendRows(make([]hand, 0, expected), rows, scanHand)
}

func scanHand(row pgx.CollectableRow) (h hand, err error) {
	err = row.Scan(
		(*string)(&h.verdict), &h.ord, &h.workflow, (*zeronull.Text)(&h.workflowID),
		(*zeronull.Int4)(&h.no), (*zeronull.Int4)(&h.epoch), (*zeronull.Int4)(&h.attempt), (*zeronull.Int4)(&h.failures),
		(*zeronull.Text)(&h.name), (*zeronull.Text)(&h.function), (*zeronull.Text)(&h.queue),
		&h.args, &h.policy, &h.inputs.outputs, &h.inputs.errors,
	)
	return h, err
}

// reply is what a call says of one item.
type reply struct {
	lost, stopped, finished, sleeping bool

	// next is the step that the thread holds now, nil if none.
	next *assignment
}

// assignment is a step that a thread holds, and those that follow it in its run.
type assignment struct {
	*hand
	followers []hand
}

// replies sorts the rows of a call by its items. The followers of a step stand
// behind it.
func replies(items int, hands []hand) []reply {
	replies := make([]reply, items)
	for i := 0; i < len(hands); i++ {
		h := &hands[i]
		r := &replies[h.ord-1]
		switch h.verdict {
		case verdictNext:
			first := i + 1
			for i+1 < len(hands) && hands[i+1].verdict == verdictFollower {
				i++
			}
			r.next = &assignment{hand: h, followers: hands[first : i+1]}
		case verdictLost:
			r.lost = true
		case verdictStopped:
			r.stopped = true
		case verdictFinished:
			r.finished = true
		case verdictSleeping:
			r.sleeping = true
		}
	}
	return replies
}

// follow is the assignment after a in its run, whose input is a's output.
func (a *assignment) follow(output json.RawMessage) *assignment {
	next := &assignment{hand: &a.followers[0], followers: a.followers[1:]}
	next.workflowID = a.workflowID
	next.attempt++
	next.inputs = inputs{outputs: []json.RawMessage{output}, errors: make([]json.RawMessage, 1)}
	return next
}
