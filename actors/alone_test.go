package actors

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// twin is one of two actors to which the same happens: to one in calls to the database of its
// own, to the other in batches together with a third actor.
type twin struct {
	*rig
	id     string
	actor  int64
	grant  *grant
	holder string
	pad    int64 // the third actor, 0 for none
}

func (w *twin) create(t *rapid.T, args string) {
	batch := []*createItem{{key: key{"C", w.id}, queue: "default", args: json.RawMessage(args), claim: true}}
	granted, err := create(w.ctx, w.db, named("a"), batch, true)
	require.NoError(t, err)
	w.actor, w.grant, w.holder = batch[0].actor, granted[batch[0].actor], "a"
}

// call returns what the caller is told.
func (w *twin) call(t *rapid.T, worker string, method, policy string) string {
	item := func(id string) *callItem {
		i := &callItem{key: key{"C", id}, method: method, args: json.RawMessage("1"), claim: worker != ""}
		if policy != "" {
			i.policy = json.RawMessage(policy)
		}
		return i
	}
	batch := []*callItem{item(w.id)}
	if w.pad != 0 {
		pad := item("pad")
		pad.claim = false
		batch = append(batch, pad)
	}
	granted, err := w.enqueue(worker, batch...)
	require.NoError(t, err)
	if g := granted[w.actor]; g != nil {
		w.grant, w.holder = g, worker
	}
	return fmt.Sprint(batch[0].called.Seq, batch[0].refused, w.held())
}

// commit answers n of the calls that are held.
func (w *twin) commit(t *rapid.T, n int, state string, fails bool, p pass, epoch int64) string {
	if w.grant == nil {
		return "nothing is held"
	}
	g := w.grant
	item := &commitItem{actor: w.actor, epoch: g.epoch + epoch, answered: g.calls[0].seq - 1, pass: p}
	if state != "" {
		item.state = json.RawMessage(state)
	}
	failure := json.RawMessage(`{"step": "m", "type": "test", "message": "broken", "attempts": 1}`)
	if p == passGiveUp {
		n, item.failed = 0, answer{attempt: 1, failure: failure}
	}
	for i := range min(n, len(g.calls)) {
		a := answer{seq: g.calls[i].seq, attempt: 1, began: time.Now(), result: json.RawMessage("5")}
		if fails {
			a.result, a.failure = nil, failure
		}
		item.answered, item.answers = a.seq, append(item.answers, a)
	}
	batch := []*commitItem{item}
	if w.pad != 0 {
		batch = append(batch, &commitItem{actor: w.pad, pass: passGoOn})
	}
	require.NoError(t, w.commitAll(w.holder, batch...))
	if !item.lost {
		if w.grant.calls = item.next; len(item.next) == 0 {
			w.grant = nil
		}
	}
	return fmt.Sprint(item.lost, item.replied, w.held())
}

// held is what a worker was handed.
func (w *twin) held() string {
	if w.grant == nil {
		return "none"
	}
	text := fmt.Sprint(w.holder, w.grant.careful, string(w.grant.state))
	for _, c := range w.grant.calls {
		text += fmt.Sprintf(" %d%s%d%s%s", c.seq, c.method, c.attempt, c.args, c.policy)
	}
	return text
}

// rows is all that is stored of the actor, but for ids, times and epochs.
func (w *twin) rows(t *rapid.T) string {
	return scalar[string](t, w.rig, `
select jsonb_build_object(
  'actor', to_jsonb(a) - '{id,actor_id,created_at,updated_at}'::text[],
  'calls', (
    select jsonb_agg(
      to_jsonb(c) - '{actor,accepted_at,started_at,finished_at}'::text[]
        || jsonb_build_object('started', c.started_at is not null, 'finished', c.finished_at is not null)
      order by c.seq
    )
    from weir_internal.actor_call as c
    where c.actor = a.id
  ),
  'turn', (select jsonb_build_array(t.worker, t.job is null, t.lost) from weir_internal.actor_turn as t where t.actor = a.id)
)::text
from weir_internal.actor as a
where a.id = $1`, w.actor)
}

// A call, and an answer, that comes alone takes a shorter way through the database, and
// leaves what it would leave in a batch.
func TestCallsAloneAndInBatchesLeaveTheSame(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	pad, _ := r.create(t, "a", "pad")
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		twins := []*twin{{rig: r, id: fmt.Sprint("alone", n)}, {rig: r, id: fmt.Sprint("paired", n), pad: pad}}
		both := func(do func(*twin) string) {
			alone, paired := do(twins[0]), do(twins[1])
			require.Equal(t, alone, paired)
			require.Equal(t, twins[0].rows(t), twins[1].rows(t))
		}
		both(func(w *twin) string { w.create(t, "0"); return w.held() })
		if rapid.Bool().Draw(t, "constructed") {
			both(func(w *twin) string { return w.commit(t, 1, "0", false, passGoOn, 0) })
		}
		for range rapid.IntRange(3, 12).Draw(t, "operations") {
			switch rapid.SampledFrom([]string{"call", "call", "commit", "commit", "give up", "resume", "set state", "stale"}).Draw(t, "operation") {
			case "call":
				worker := rapid.SampledFrom([]string{"a", "b", "gone", ""}).Draw(t, "worker")
				method := rapid.SampledFrom([]string{"m", "m", "m", "none"}).Draw(t, "method")
				policy := rapid.SampledFrom([]string{"", `{"block": true}`}).Draw(t, "policy")
				both(func(w *twin) string { return w.call(t, worker, method, policy) })
			case "commit":
				calls, fails := rapid.IntRange(1, 3).Draw(t, "calls"), rapid.Bool().Draw(t, "fails")
				state := rapid.SampledFrom([]string{"", "1", "2"}).Draw(t, "state")
				pass := rapid.SampledFrom([]pass{passGoOn, passGoOn, passYield}).Draw(t, "pass")
				both(func(w *twin) string {
					if w.grant != nil && w.grant.calls[0].method == "" { // a constructor leaves a state
						return w.commit(t, 1, "0", false, pass, 0)
					}
					return w.commit(t, calls, state, fails, pass, 0)
				})
			case "give up":
				both(func(w *twin) string { return w.commit(t, 0, "", true, passGiveUp, 0) })
			case "stale":
				both(func(w *twin) string { return w.commit(t, 1, "7", false, passGoOn, -1) })
			case "resume":
				both(func(w *twin) string {
					require.NoError(t, w.exec(`select weir.actor_resume('C', $1)`, w.id))
					return ""
				})
			case "set state":
				both(func(w *twin) string {
					err := w.exec(`select weir.actor_set_state('C', $1, '9', (select version from weir.actors where actor_id = $1), 'why')`, w.id)
					return fmt.Sprint(err != nil)
				})
			}
		}
	})
}
