package actors

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
)

// continues has the first call of a grant go on as a workflow of one step.
func (r *rig) continues(t *testing.T, worker string, g *grant) (next []call, workflow string) {
	t.Helper()
	starter, err := New(Config{Engine: engine.Config{Pool: r.pool}})
	require.NoError(t, err)
	workflow = continuationID(g.actor, g.calls[0].seq)
	_, err = starter.StartWorkflow(r.ctx, engine.StartParams{ID: workflow, Graph: engine.Graph{Steps: []engine.Step{{Name: "s", Function: "C"}}}})
	require.NoError(t, err)
	found, err := hands(r.ctx, r.db, continueSQL, worker, g.actor, g.epoch, g.calls[0].seq, 1, 0.1, json.RawMessage("1"), workflow)
	require.NoError(t, err)
	for i := range found {
		require.Equal(t, verdictCall, found[i].verdict)
		next = append(next, found[i].call)
	}
	return next, workflow
}

// nested is a call of "x" by the step of a workflow.
func (r *rig) nested(t *testing.T, workflow, key string, waits bool) *callItem {
	t.Helper()
	by := r.step(t, workflow)
	by.Epoch, by.Attempt, by.Key, by.Waits = nil, 0, key, waits
	items, err := r.callFrom(by)
	require.NoError(t, err)
	require.NoError(t, items[0].refused)
	return items[0]
}

// ends has the step of a workflow, and so the workflow, succeed.
func (r *rig) ends(t *testing.T, workflow string) {
	t.Helper()
	r.claimStep(t)
	require.NoError(t, r.advance(workflow))
	require.Equal(t, "SUCCESSFUL", r.workflow(t, workflow))
}

// advance makes a checkpoint for the step of each workflow that runs.
func (r *rig) advance(workflows ...string) error {
	return r.exec(`
select weir_internal.advance(
  'a', array_agg(s.workflow), array_agg(s.no), array_agg(s.epoch), array_agg(s.job), array_agg(1), array_agg(0.1::float8),
  array_agg('"end"'::jsonb), array_agg('yield'::text), true, true
)
from weir_internal.step as s
join weir_internal.workflow as w on w.id = s.workflow
where w.workflow_id = any ($1) and s.state = 'running'`, workflows)
}

func (r *rig) answered(t *testing.T) int64 {
	t.Helper()
	return scalar[int64](t, r, `select answered from weir_internal.actor where actor_id = 'x'`)
}

func TestNestedCallsAreRunWhileTheirActorContinues(t *testing.T) {
	t.Parallel()
	r := ready(t)
	next, w := r.continues(t, "a", r.take(t, "a", "x"))
	require.Empty(t, next)
	_, g, err := r.call("a", "x") // 3 waits
	require.NoError(t, err)
	require.Nil(t, g)
	r.requireSound(t)
	item := r.nested(t, w, "k", true)
	require.Equal(t, int64(4), item.called.Seq)
	_ = r.nested(t, w, "l", false)
	r.requireSound(t)

	require.NotNil(t, r.fetch(t, "a"), "the workflow's own")
	g = r.fetched(t, "b")
	require.Len(t, g.calls, 1)
	require.Equal(t, int64(4), g.calls[0].seq)
	committed, err := r.commit("b", g, "2", passGoOn, "4")
	require.NoError(t, err)
	require.Len(t, committed.next, 1)
	require.Equal(t, int64(5), committed.next[0].seq)
	r.requireSound(t)
	require.Equal(t, int64(1), r.answered(t))
	require.Equal(t, "SUCCESSFUL CONTINUED QUEUED SUCCESSFUL QUEUED", r.calls(t, "x"))
}

// A nested call that nobody waits for may still run when the workflow has ended: it
// runs again, at its place.
func TestANestedCallGivesWayWhenTheWorkflowHasEnded(t *testing.T) {
	t.Parallel()
	r := ready(t)
	_, w := r.continues(t, "a", r.take(t, "a", "x"))
	_, _, err := r.call("", "x")
	require.NoError(t, err)
	r.nested(t, w, "k", false)
	r.nested(t, w, "l", false)
	token := r.fetch(t, "a") // the workflow's own
	g := r.fetched(t, "b")
	committed, err := r.commit("b", g, "2", passGoOn, "4")
	require.NoError(t, err)
	g.calls = committed.next

	require.NoError(t, r.exec(`select weir_internal.release('a', array[$1::bigint], array[$2::bigint])`, token.Job, token.Workflow))
	r.ends(t, w)
	r.requireSound(t)
	late, err := r.commit("b", g, "9", passGoOn, "5")
	require.NoError(t, err)
	require.True(t, late.lost)
	g = r.fetched(t, "b")
	require.Equal(t, []int64{3, 5}, []int64{g.calls[0].seq, g.calls[1].seq})
	g.calls = g.calls[:1]
	committed, err = r.commit("b", g, "3", passGoOn, "3")
	require.NoError(t, err)
	require.Equal(t, int64(4), r.answered(t), "the nested one is passed")
	g.calls = committed.next
	_, err = r.commit("b", g, "5", passGoOn, "5")
	require.NoError(t, err)
	require.Equal(t, int64(5), r.answered(t))
	require.Equal(t, "READY", r.status(t, "x"))
	require.Equal(t, "5", r.state(t, "x"))
	require.Equal(t, `"end"`, scalar[string](t, r, `select result::text from weir.actor_calls where seq = 2`))
}

func TestANestedCallThatFailsOrIsLostHarmsNoOther(t *testing.T) {
	t.Parallel()
	r := ready(t)
	_, w := r.continues(t, "a", r.take(t, "a", "x"))
	_, _, err := r.call("", "x")
	require.NoError(t, err)
	r.nested(t, w, "k", true)
	r.nested(t, w, "l", true)
	require.NotNil(t, r.fetch(t, "a"))
	g := r.fetched(t, "b")
	failed, err := r.fail("b", g, passGiveUp)
	require.NoError(t, err)
	require.Equal(t, int64(5), failed.next[0].seq)
	r.requireSound(t)
	require.Equal(t, "SUCCESSFUL CONTINUED QUEUED FAILED QUEUED", r.calls(t, "x"))

	done, err := r.retire("b", true, 1)
	require.NoError(t, err)
	require.True(t, done)
	require.Equal(t, "SUCCESSFUL CONTINUED QUEUED FAILED FAILED", r.calls(t, "x"))
	require.Equal(t, int64(1), r.answered(t))
}

func TestAContinuationOfALostTurnIsRefused(t *testing.T) {
	t.Parallel()
	r := ready(t)
	g := r.take(t, "a", "x")
	require.NoError(t, r.setState("x", "7", 1))
	found, err := hands(r.ctx, r.db, continueSQL, "a", g.actor, g.epoch, g.calls[0].seq, 1, 0.1, json.RawMessage("1"), "nothing")
	require.NoError(t, err)
	require.Equal(t, verdictLost, found[0].verdict)
	require.Equal(t, "7", r.state(t, "x"))
	require.Equal(t, "SUCCESSFUL QUEUED", r.calls(t, "x"))
}

// The end of the workflow and a call of the actor meet in the actor's row.
func TestACallThatWaitsForTheEndOfTheWorkflowBeginsATurn(t *testing.T) {
	t.Parallel()
	r := ready(t)
	_, w := r.continues(t, "a", r.take(t, "a", "x"))
	var g *grant
	require.NoError(t, r.waits(t, func(r *rig) { r.ends(t, w) }, func(r *rig) (err error) {
		_, g, err = r.call("b", "x")
		return err
	}))
	require.NotNil(t, g)
	require.Equal(t, int64(3), g.calls[0].seq)
}

// A resume that meets the failure of what it was to resume came before it.
func TestResumeBesideTheEndOfAContinuation(t *testing.T) {
	t.Parallel()
	for name, behind := range map[string]bool{"with a call behind": true, "alone": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := ready(t)
			_, g, err := r.callWith("a", "x", `{"block": true}`)
			require.NoError(t, err)
			_, workflow := r.continues(t, "a", g)
			if behind {
				_, _, err = r.call("", "x")
				require.NoError(t, err)
			}
			require.NoError(t, r.waits(t, func(r *rig) {
				require.NoError(t, r.exec(`select weir.cancel($1)`, workflow))
			}, func(r *rig) error { return r.exec(`select weir.actor_resume('C', 'x')`) }))
			require.Equal(t, "BLOCKED", r.status(t, "x"))
			r.requireSound(t)

			require.NoError(t, r.exec(`select weir.actor_resume('C', 'x')`))
			require.Equal(t, "CONTINUING", r.status(t, "x"))
			r.ends(t, workflow)
			require.Equal(t, int64(2), r.answered(t))
		})
	}
}

// leftBehind has a workflow of "x" end, of which a call is still to be run.
func (r *rig) leftBehind(t *testing.T, policy string) {
	t.Helper()
	_, workflow := r.continues(t, "a", r.take(t, "a", "x"))
	_, _, err := r.call("", "x")
	require.NoError(t, err)
	by := r.step(t, workflow)
	by.Epoch, by.Attempt, by.Key = nil, 0, "k"
	_, err = enqueue(r.ctx, r.db, nil, []*callItem{
		{key: key{"C", "x"}, method: "m", args: json.RawMessage("1"), caller: by.JSON(), policy: json.RawMessage(policy)},
	}, true)
	require.NoError(t, err)
	token := r.fetch(t, "a")
	require.NoError(t, r.exec(`select weir_internal.release('a', array[$1::bigint], array[$2::bigint])`, token.Job, token.Workflow))
	r.ends(t, workflow)
	r.requireSound(t)
}

// fetchedTurn is fetched, past the jobs of steps.
func (r *rig) fetchedTurn(t *testing.T) *grant {
	t.Helper()
	for {
		token := r.fetch(t, "b")
		require.NotNil(t, token, "no job")
		if token.Step != -1 {
			continue
		}
		item := &claimItem{token: *token}
		require.NoError(t, claim(r.ctx, r.db, "b", []*claimItem{item}, true))
		if item.grant != nil {
			return item.grant
		}
	}
}

func TestACallThatItsWorkflowLeftIsNestedInNoOther(t *testing.T) {
	t.Parallel()
	r := ready(t)
	r.leftBehind(t, "{}") // 2, which went on, 3, and 4
	g := r.fetchedTurn(t)
	require.Equal(t, int64(3), g.calls[0].seq)
	next, workflow := r.continues(t, "b", g)
	require.Empty(t, next, "4 is no call of this one's workflow")
	require.NoError(t, r.exec(`select weir.cancel($1)`, workflow))
	require.Equal(t, int64(4), r.fetchedTurn(t).calls[0].seq)
}

func TestACallThatItsWorkflowLeftBlocksAsItShould(t *testing.T) {
	t.Parallel()
	r := ready(t)
	r.leftBehind(t, `{"block": true}`)
	g := r.fetchedTurn(t)
	item, err := r.commit("b", g, "", passGoOn, "1")
	require.NoError(t, err)
	g.calls = item.next
	require.Equal(t, int64(4), g.calls[0].seq)
	_, err = r.fail("b", g, passGiveUp)
	require.NoError(t, err)
	require.Equal(t, "BLOCKED", r.status(t, "x"))
}
