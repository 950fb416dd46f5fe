package actors

import (
	"encoding/json"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
	"github.com/pgweir/weir/internal/caller"
)

// binds starts a workflow of that id whose one step calls the actor "x", and has a
// worker claim the step.
func (r *rig) binds(t *testing.T, id string) {
	t.Helper()
	starter, err := New(Config{Engine: engine.Config{Pool: r.pool}})
	require.NoError(t, err)
	settings, err := Bind(CallParams{Type: "C", ID: "x", Method: "m"})
	require.NoError(t, err)
	_, err = starter.StartWorkflow(r.ctx, engine.StartParams{ID: id, Graph: engine.Graph{Steps: []engine.Step{
		{Name: "s", Function: engine.FunctionCall, Args: []engine.Arg{{Value: settings}, {Value: json.RawMessage("1")}}},
	}}})
	require.NoError(t, err)
	r.claimStep(t)
}

func (r *rig) claimStep(t *testing.T) {
	t.Helper()
	token := r.fetch(t, "a")
	require.NotNil(t, token, "no job")
	require.NoError(t, r.exec(`select weir_internal.claim('a', array[$1::bigint], array[$2::bigint], array[$3::integer], true)`,
		token.Job, token.Workflow, token.Step))
}

// step is the step of a workflow as its worker has it.
func (r *rig) step(t *testing.T, id string) caller.Caller {
	t.Helper()
	c := caller.Caller{Step: new(int32), Epoch: new(int32), Attempt: 1}
	require.NoError(t, r.db.QueryRow(r.ctx, `
select s.workflow, s.no, s.epoch from weir_internal.step as s join weir_internal.workflow as w on w.id = s.workflow
where w.workflow_id = $1`, id).Scan(&c.Workflow, c.Step, c.Epoch))
	return c
}

func (r *rig) callFrom(callers ...caller.Caller) (items []*callItem, err error) {
	for _, by := range callers {
		items = append(items, &callItem{key: key{"C", "x"}, method: "m", args: json.RawMessage("1"), caller: by.JSON()})
	}
	_, err = enqueue(r.ctx, r.db, nil, items, true)
	return items, err
}

func (r *rig) workflow(t *testing.T, id string) string {
	t.Helper()
	return scalar[string](t, r, `select status from weir.workflows where workflow_id = $1`, id)
}

func TestAParkedStepEndsWithTheAnswerOfItsCall(t *testing.T) {
	t.Parallel()
	r := ready(t)
	r.binds(t, "w")
	items, err := r.callFrom(r.step(t, "w"))
	require.NoError(t, err)
	require.Equal(t, int64(2), items[0].called.Seq)
	require.Equal(t, "waits for an actor", scalar[string](t, r, `select reason from weir.blocked`))
	require.Equal(t, `C 'x', call 2`, scalar[string](t, r, `select detail from weir.blocked`))
	require.Zero(t, r.fire(t))
	r.requireSound(t)

	item, err := r.commit("b", r.fetched(t, "b"), "1", passGoOn, `"done"`)
	require.NoError(t, err)
	require.True(t, item.replied)
	r.requireSound(t)
	require.Equal(t, "RUNNING", r.workflow(t, "w"))
	require.Equal(t, 1, r.fire(t))
	require.Equal(t, "SUCCESSFUL", r.workflow(t, "w"))
	require.Equal(t, `"done"`, scalar[string](t, r, `select weir.output('w')::text`))
}

func TestAStepThatIsNoLongerTheWorkersCallsNobody(t *testing.T) {
	t.Parallel()
	r := ready(t)
	r.binds(t, "w")
	before := r.step(t, "w")
	done, err := r.retire("a", true, 5)
	require.NoError(t, err)
	require.True(t, done)
	items, err := r.callFrom(before)
	require.NoError(t, err)
	require.True(t, items[0].lost)
	require.Zero(t, items[0].called.actor)
	require.Equal(t, "SUCCESSFUL", r.calls(t, "x"))
}

func TestAStepThatIsResumedFindsItsCall(t *testing.T) {
	t.Parallel()
	for name, answeredFirst := range map[string]bool{"answered": true, "waiting": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := ready(t)
			r.binds(t, "w")
			_, err := r.callFrom(r.step(t, "w"))
			require.NoError(t, err)
			require.NoError(t, r.exec(`select weir.cancel('w')`))
			answer := func() {
				_, err := r.commit("b", r.fetched(t, "b"), "1", passGoOn, "7")
				require.NoError(t, err)
			}
			if answeredFirst {
				answer()
				require.Equal(t, 1, r.fire(t), "nobody is told")
				require.Equal(t, "CANCELED", r.workflow(t, "w"))
			}
			require.NoError(t, r.exec(`select weir.resume('w')`))
			if !answeredFirst {
				answer() // its job is the older one
			}
			r.claimStep(t)
			items, err := r.callFrom(r.step(t, "w"))
			require.NoError(t, err)
			require.Equal(t, int64(2), items[0].called.Seq)
			require.True(t, items[0].again)
			require.Equal(t, 1, r.fire(t))
			require.Equal(t, "SUCCESSFUL", r.workflow(t, "w"))
			require.Equal(t, "SUCCESSFUL SUCCESSFUL", r.calls(t, "x"))
		})
	}
}

func TestACallThatFailedIsMadeAnewByAResume(t *testing.T) {
	t.Parallel()
	r := ready(t)
	r.binds(t, "w")
	_, err := r.callFrom(r.step(t, "w"))
	require.NoError(t, err)
	_, err = r.fail("b", r.fetched(t, "b"), passGiveUp)
	require.NoError(t, err)
	r.requireSound(t)
	require.Equal(t, 1, r.fire(t))
	require.Equal(t, "FAILED", r.workflow(t, "w"))
	require.JSONEq(t, `{"step": "s", "type": "test", "message": "broken", "attempts": 1}`,
		scalar[string](t, r, `select error::text from weir.workflows where workflow_id = 'w'`))

	require.NoError(t, r.exec(`select weir.resume('w')`))
	r.claimStep(t)
	items, err := r.callFrom(r.step(t, "w"))
	require.NoError(t, err)
	require.Equal(t, int64(3), items[0].called.Seq)
	_, err = r.commit("b", r.fetched(t, "b"), "1", passGoOn, "7")
	require.NoError(t, err)
	require.Equal(t, 1, r.fire(t))
	require.Equal(t, "SUCCESSFUL", r.workflow(t, "w"))
}

func TestADeletedActorFailsTheStepsThatWait(t *testing.T) {
	t.Parallel()
	r := ready(t)
	for i := range 2 {
		r.binds(t, strconv.Itoa(i))
		_, err := r.callFrom(r.step(t, strconv.Itoa(i)))
		require.NoError(t, err)
	}
	require.NoError(t, r.exec(`select weir.cancel('1')`))
	require.NoError(t, r.delete("x"))
	r.requireSound(t)
	r.fire(t)
	require.Equal(t, "FAILED", r.workflow(t, "0"))
	require.Equal(t, "CANCELED", r.workflow(t, "1"))
	require.Equal(t, "weir.not_found", scalar[string](t, r, `select error ->> 'type' from weir.workflows where workflow_id = '0'`))
}

func TestAnAnswerWaitsForNoWorkflow(t *testing.T) {
	t.Parallel()
	r := ready(t)
	r.binds(t, "v")
	r.binds(t, "w")
	_, err := r.callFrom(r.step(t, "v"), r.step(t, "w"))
	require.NoError(t, err)
	holder, tx := r.begin(t)
	require.NoError(t, holder.exec(`select from weir_internal.workflow where workflow_id = 'v' for update`))
	_, err = r.commit("b", r.fetched(t, "b"), "1", passGoOn, "7", "7")
	require.NoError(t, err)
	require.Equal(t, 1, r.fire(t), "the other one goes on")
	require.Equal(t, "SUCCESSFUL", r.workflow(t, "w"))
	require.NoError(t, tx.Rollback(r.ctx))
	require.Equal(t, 1, r.fire(t))
	require.Equal(t, "SUCCESSFUL", r.workflow(t, "v"))
}

// A body that was lost and the one that follows it may make the same call at once.
func TestTheSameCallTwiceInABatchIsOne(t *testing.T) {
	t.Parallel()
	r := ready(t)
	by := caller.Caller{Actor: 1, Seq: 1, Key: "k"}
	_, err := r.callFrom(by, by)
	require.Error(t, err, "the batch parts")
	for _, again := range []bool{false, true} {
		items, err := r.callFrom(by)
		require.NoError(t, err)
		require.Equal(t, again, items[0].again)
		require.Equal(t, int64(2), items[0].called.Seq)
	}
	require.NoError(t, r.waits(t, func(r *rig) {
		_, err := r.callFrom(caller.Caller{Actor: 1, Seq: 1, Key: "l"})
		require.NoError(t, err)
	}, func(r *rig) error {
		items, err := r.callFrom(caller.Caller{Actor: 1, Seq: 1, Key: "l"})
		require.True(t, items[0].again)
		return err
	}))
	require.Equal(t, "SUCCESSFUL QUEUED QUEUED", r.calls(t, "x"))
}

// Two calls that would wait for each other are accepted one after the other.
func TestOfTwoWaitsThatMeetTheSecondSeesTheCircle(t *testing.T) {
	t.Parallel()
	r := ready(t)
	x := r.take(t, "a", "x")
	y, _ := r.create(t, "a", "y")
	r.take(t, "a", "y")
	waits := func(r *rig, from int64, seq int64, to string) *callItem {
		by := caller.Caller{Actor: from, Seq: seq, Key: "k", Waits: true}
		item := &callItem{key: key{"C", to}, method: "m", args: json.RawMessage("1"), caller: by.JSON()}
		_, err := enqueue(r.ctx, r.db, nil, []*callItem{item}, true)
		require.NoError(t, err)
		return item
	}
	require.ErrorIs(t, r.waits(t, func(r *rig) {
		require.NoError(t, waits(r, x.actor, 2, "y").refused)
	}, func(r *rig) error {
		return waits(r, y, 2, "x").refused
	}), engine.ErrCycle)

	_, err := r.commit("a", x, "1", passGoOn, "1") // x has its answer, and waits no more
	require.NoError(t, err)
	require.NoError(t, waits(r, y, 2, "x").refused)
}

func TestAWaitForAStartedCallIsCheckedLikeOneFromTheStart(t *testing.T) {
	t.Parallel()
	r := ready(t)
	x := r.take(t, "a", "x")
	y, _ := r.create(t, "a", "y")
	r.take(t, "a", "y")
	await := func(r *rig, actor, seq, by int64) (chain *string) {
		return scalar[*string](t, r, `select weir_internal.actor_await($1, $2, $3)::text`, actor, seq, caller.Caller{Actor: by, Seq: 2, Waits: true}.JSON())
	}
	_, _, err := r.call("", "x")
	require.NoError(t, err)
	_, _, err = r.call("", "y")
	require.NoError(t, err)
	var chain *string
	require.NoError(t, r.waits(t, func(r *rig) {
		require.Nil(t, await(r, y, 3, x.actor))
	}, func(r *rig) error {
		chain = await(r, x.actor, 3, y)
		return nil
	}))
	require.NotNil(t, chain)
	require.JSONEq(t, `[["C", "y"], ["C", "x"], ["C", "y"]]`, *chain)
	require.NotNil(t, await(r, x.actor, 3, x.actor), "a call behind its own waiter")
}

// The reply to a call that failed is still there when its step, resumed, has made another
// one: that has a reply of its own.
func TestAnOldReplyStandsInTheWayOfNone(t *testing.T) {
	t.Parallel()
	r := ready(t)
	r.binds(t, "w")
	_, err := r.callFrom(r.step(t, "w"))
	require.NoError(t, err)
	_, err = r.fail("b", r.fetched(t, "b"), passGiveUp)
	require.NoError(t, err)
	require.NoError(t, r.exec(`select weir.cancel('w')`))
	require.NoError(t, r.exec(`select weir.resume('w')`))
	r.claimStep(t)
	items, err := r.callFrom(r.step(t, "w"))
	require.NoError(t, err)
	require.Equal(t, int64(3), items[0].called.Seq)

	g := r.fetched(t, "b")
	answers, tx := r.begin(t)
	_, err = answers.commit("b", g, "1", passGoOn, `"done"`)
	require.NoError(t, err)
	r.fire(t) // meanwhile
	require.NoError(t, tx.Commit(r.ctx))
	r.fire(t)
	require.Equal(t, "SUCCESSFUL", r.workflow(t, "w"))
}

// A process that has no more than a query of a type can't say that a method is unknown,
// and a workflow doesn't fail because nobody has it just now.
func TestOnlyWhoConstructsSaysWhatIsUnknown(t *testing.T) {
	t.Parallel()
	r := ready(t)
	r.binds(t, "w")
	for _, worker := range []string{"a", "b"} {
		require.NoError(t, r.exec(`update weir_internal.worker set functions = '{C..q,step}' where id = $1`, worker))
	}
	_, _, err := r.call("", "x")
	require.NoError(t, err)
	require.NoError(t, r.exec(`update weir_internal.worker set functions = '{C}' where id = 'b'`))
	require.ErrorContains(t, r.exec(`select weir.actor_call('C', 'x', 'm')`), "no worker has the method 'm' of C")
	items, err := r.callFrom(r.step(t, "w"))
	require.NoError(t, err)
	require.NoError(t, items[0].refused)
	require.Equal(t, int64(3), items[0].called.Seq)
}
