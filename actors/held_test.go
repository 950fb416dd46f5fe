package actors

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
	"github.com/pgweir/weir/internal/caller"
)

// holds has a user's transaction call an actor, and returns what ends it.
func (r *rig) holds(t *testing.T, id string) (holder *rig, end func()) {
	t.Helper()
	holder, tx := r.begin(t)
	require.NoError(t, holder.exec(`select weir.actor_call('C', $1, 'm', '1')`, id))
	return holder, func() { require.NoError(t, tx.Commit(r.ctx)) }
}

// impatient is a session that waits for nothing.
func (r *rig) impatient(t *testing.T) *rig {
	t.Helper()
	s := r.session(t)
	require.NoError(t, s.exec(`set lock_timeout = '300ms'`))
	t.Cleanup(func() { // before the connection goes back to the pool
		require.NoError(t, (&rig{ctx: context.Background(), db: s.db}).exec(`reset lock_timeout`))
	})
	return s
}

// retries has the step of a workflow fail, and its retry due.
func (r *rig) retries(t *testing.T, workflow string) {
	t.Helper()
	r.claimStep(t)
	by := r.step(t, workflow)
	require.NoError(t, r.exec(
		`select weir_internal.fail('a', $1, $2, $3, 1, 0.1, '{"type": "x", "message": "m"}', false)`, by.Workflow, *by.Step, *by.Epoch,
	))
	require.NoError(t, r.exec(`update weir_internal.timer set due = now()`))
}

// requireWaiting returns when somebody waits for a lock.
func (r *rig) requireWaiting(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		return scalar[bool](t, r, `select exists (select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database())`)
	}, promptly, time.Millisecond)
}

func TestTimersWaitForNoActorThatAUserHolds(t *testing.T) {
	t.Parallel()
	r := ready(t)
	_, continued := r.continues(t, "a", r.take(t, "a", "x"))
	r.retries(t, continued)
	starter, err := New(Config{Engine: engine.Config{Pool: r.pool}})
	require.NoError(t, err)
	_, err = starter.StartWorkflow(r.ctx, engine.StartParams{ID: "other", Graph: engine.Graph{Steps: []engine.Step{
		{Name: "s", Function: engine.FunctionSleep, Args: []engine.Arg{{Value: json.RawMessage(`{"seconds": 0}`)}}},
	}}})
	require.NoError(t, err)

	_, end := r.holds(t, "x")
	timers := r.impatient(t)
	require.Equal(t, 1, timers.fire(t))
	require.Equal(t, "SUCCESSFUL", r.workflow(t, "other"))
	end()
	require.Equal(t, 1, timers.fire(t), "the other one's turn comes")
	r.ends(t, continued)
}

func TestRepliesWaitForNoActorThatAUserHolds(t *testing.T) {
	t.Parallel()
	r := ready(t)
	_, continued := r.continues(t, "a", r.take(t, "a", "x"))
	id := r.step(t, continued).Workflow
	require.NoError(t, r.exec(`insert into weir_internal.actor_reply (workflow, step) values ($1, 0)`, id))
	_, end := r.holds(t, "x")
	timers := r.impatient(t)
	require.Zero(t, timers.fire(t))
	end()
	require.Equal(t, 1, timers.fire(t))
}

// A worker dies while a user holds an actor: what it held of others goes on.
func TestRetiringWaitsForNoActorThatAUserHolds(t *testing.T) {
	t.Parallel()
	r := ready(t)
	_, continued := r.continues(t, "a", r.take(t, "a", "x"))
	r.claimStep(t)
	r.binds(t, "other")
	_, end := r.holds(t, "x")
	sweeper := r.impatient(t)
	done, err := sweeper.retire("a", true, 1) // the attempt is the last one: the workflow fails
	require.NoError(t, err)
	require.False(t, done)
	require.Equal(t, "FAILED", r.workflow(t, "other"))
	require.Equal(t, "RUNNING", r.workflow(t, continued))
	end()
	done, err = sweeper.retire("a", true, 1)
	require.NoError(t, err)
	require.True(t, done)
	require.Equal(t, "FAILED", r.workflow(t, continued))
}

// Who waits for a row keeps nobody else's calls waiting, although those that are waited
// for are accepted one after the other.
func TestACallThatWaitsForAnActorKeepsNoOtherWaiting(t *testing.T) {
	t.Parallel()
	r := ready(t)
	for _, id := range []string{"y", "z", "held"} {
		r.create(t, "a", id)
	}
	x, y := r.take(t, "a", "x"), r.take(t, "a", "y")
	call := func(r *rig, from int64, to string) error {
		by := caller.Caller{Actor: from, Seq: 2, Key: to, Waits: true}
		_, err := enqueue(r.ctx, r.db, nil, []*callItem{{key: key{"C", to}, method: "m", args: json.RawMessage("1"), caller: by.JSON()}}, true)
		return err
	}
	other := r.impatient(t)
	require.NoError(t, r.waits(t, func(holder *rig) {
		require.NoError(t, holder.exec(`select weir.actor_call('C', 'held', 'm', '1')`))
		go func() { _ = call(r, x.actor, "held") }()
		r.requireWaiting(t)
		require.NoError(t, call(other, y.actor, "z"))
	}, func(second *rig) error { return call(second, y.actor, "held") }))
}

func TestTimersTakeActorsInNoOrderThatAUserMustKeep(t *testing.T) {
	t.Parallel()
	r := ready(t) // the lower id
	r.create(t, "a", "y")
	_, high := r.continues(t, "a", r.take(t, "a", "y"))
	r.retries(t, high)
	_, low := r.continues(t, "a", r.take(t, "a", "x"))
	require.NoError(t, r.exec(`insert into weir_internal.actor_reply (workflow, step) values ($1, 0)`, r.step(t, low).Workflow))

	user, end := r.holds(t, "x")
	timers, tx := r.begin(t)
	require.NoError(t, timers.exec(`set local lock_timeout = 300`))
	require.Equal(t, 1, timers.fire(t), "it holds y now")
	done := make(chan error, 1)
	go func() { done <- user.exec(`select weir.actor_call('C', 'y', 'm', '1')`) }()
	require.NoError(t, tx.Commit(r.ctx))
	require.NoError(t, <-done)
	end()
}

// delegates has the step of a workflow return a graph of one step.
func (r *rig) delegates(t *testing.T, workflow string) {
	t.Helper()
	require.NoError(t, r.exec(`
select weir_internal.delegate(
  'a', s.workflow, s.no, s.epoch, s.job, 1, 0.1, false, '{0}', '{s}', '{C}', '{default}', '{"{}"}', '{"{}"}', '{0}', '{f}',
  array['[]'::jsonb], array[null::jsonb], array[null::jsonb], true
)
from weir_internal.step as s
join weir_internal.workflow as w on w.id = s.workflow
where w.workflow_id = $1`, workflow))
}

// Of the workflows that a batch of checkpoints ends, those that delegated their result end
// last. The actors whose calls they continue are locked before, in the order that
// everybody keeps.
func TestCheckpointsTakeActorsInOrder(t *testing.T) {
	t.Parallel()
	r := ready(t) // x has the lower id
	r.create(t, "a", "y")
	_, high := r.continues(t, "a", r.take(t, "a", "y"))
	r.claimStep(t)
	_, low := r.continues(t, "a", r.take(t, "a", "x"))
	r.claimStep(t)
	r.delegates(t, low)
	r.claimStep(t)

	user, end := r.holds(t, "x")
	done := make(chan error, 1)
	go func() { done <- r.advance(high, low) }()
	r.requireWaiting(t)
	require.NoError(t, user.exec(`set local lock_timeout = 300`))
	require.NoError(t, user.exec(`select weir.actor_call('C', 'y', 'm', '1')`), "nobody holds y")
	end()
	require.NoError(t, <-done)
	require.Equal(t, "SUCCESSFUL", r.workflow(t, high))
	require.Equal(t, "SUCCESSFUL", r.workflow(t, low))
	r.requireSound(t)
}
