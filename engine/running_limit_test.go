package engine

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// setupLimit returns a rig with a worker, where at most running workflows of
// the name "n" run.
func setupLimit(t *testing.T, running int, pending *int) *rig {
	t.Helper()
	r := setupRig(t)
	r.register(t, "a", "f", "g")
	r.limit(t, "name", "n", &running, pending)
	return r
}

func (r *rig) limit(t require.TestingT, scope, key string, running, pending *int) {
	require.NoError(t, setRunningLimit(r.ctx, r.db, RunningLimit{LimitScope(scope), key, running, pending}))
}

// startLimited starts a workflow of the name "n".
func (r *rig) startLimited(id string, steps ...Step) (Started, error) {
	params := StartParams{ID: id, Name: "n", Graph: Graph{Steps: steps}}
	item := &startItem{params: params, columns: newStepColumns(&params.Graph)}
	err := start(r.ctx, r.db, []*startItem{item}, true)
	return item.started, err
}

func (r *rig) startAll(t require.TestingT, ids ...string) {
	for _, id := range ids {
		_, err := r.startLimited(id, plain())
		require.NoError(t, err)
	}
}

func (r *rig) statuses(t require.TestingT, ids ...string) (statuses []string) {
	for _, id := range ids {
		statuses = append(statuses, r.status(t, id))
	}
	return statuses
}

// finish runs the one step of the oldest workflow that has a job.
func (r *rig) finish(t require.TestingT) reply {
	h := r.take(t, "a")
	done, err := r.succeed(h, `1`, passHand)
	require.NoError(t, err)
	r.complete(t, h.job)
	return done
}

func TestO8RestIsPendingInOrder(t *testing.T) {
	t.Parallel()
	r := setupLimit(t, 2, nil)
	ids := []string{"w5", "w4", "w3", "w2", "w1"} // order is that of the starts
	r.startAll(t, ids...)
	require.Equal(t, []string{"RUNNING", "RUNNING", "PENDING", "PENDING", "PENDING"}, r.statuses(t, ids...))
	require.Equal(t, []string{"halted"}, r.states(t, "w3"))

	done := r.finish(t)
	require.True(t, done.finished)
	require.True(t, done.sleeping, "the process isn't told that another may run")
	r.fireTimers(t)
	require.Equal(t, []string{"SUCCESSFUL", "RUNNING", "RUNNING", "PENDING", "PENDING"}, r.statuses(t, ids...))

	for range 4 {
		r.finish(t)
		r.fireTimers(t)
	}
	require.Nil(t, r.fetch(t, "a"))
	require.Zero(t, scalar[int](t, r, `select count(*) from weir_internal.workflow_slot`))
}

func TestPendingOneRunsWhenARunningOneStops(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]func(r *rig) error{
		"failure": func(r *rig) error {
			_, _, err := r.fail(r.take(t, "a"), "no", true)
			return err
		},
		"cancel": func(r *rig) error { return r.cancel("w1") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := setupLimit(t, 1, nil)
			r.startAll(t, "w1", "w2")
			require.NoError(t, stop(r))
			r.fireTimers(t)
			require.Equal(t, "RUNNING", r.status(t, "w2"))
		})
	}
}

func TestPendingWorkflowIsCanceledAndResumedIntoTheQueue(t *testing.T) {
	t.Parallel()
	r := setupLimit(t, 1, nil)
	r.startAll(t, "w1", "w2", "w3")
	require.NoError(t, r.cancel("w2"))
	r.finish(t)
	r.fireTimers(t)
	require.Equal(t, []string{"SUCCESSFUL", "CANCELED", "RUNNING"}, r.statuses(t, "w1", "w2", "w3"))

	status, err := r.resume("w2")
	require.NoError(t, err)
	require.Equal(t, StatusPending, status)
	require.ErrorIs(t, r.delete("w2"), ErrActive)
	r.finish(t)
	r.fireTimers(t)
	r.finish(t)
	require.Equal(t, []string{"SUCCESSFUL", "SUCCESSFUL", "SUCCESSFUL"}, r.statuses(t, "w1", "w2", "w3"))
}

func TestFullLimitRefusesAStartAndStoresNothing(t *testing.T) {
	t.Parallel()
	r := setupLimit(t, 1, new(1))
	r.startAll(t, "w1", "w2")
	_, err := r.startLimited("w3", plain())
	require.ErrorIs(t, err, ErrFull)
	require.Equal(t, 2, scalar[int](t, r, `select count(*) from weir_internal.workflow`))
	require.Equal(t, 2, scalar[int](t, r, `select count(*) from weir_internal.step`))

	_, err = r.startLimited("w2", plain())
	require.NoError(t, err, "one that exists takes no further place")
	r.finish(t)
	_, err = r.startLimited("w3", plain())
	require.NoError(t, err)
}

func TestLimitOfAQueueCountsThoseWithTheirRootInIt(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.register(t, "a", "f")
	r.limit(t, "queue", "slow", new(1), nil)
	elsewhere, slow := plain(), plain(0)
	slow.Queue = "slow"
	r.start(t, "w1", elsewhere, slow)
	r.start(t, "w2", elsewhere, slow)
	elsewhere.Queue, slow.Queue = "slow", ""
	r.start(t, "w3", elsewhere, slow)
	require.Equal(t, []string{"RUNNING", "PENDING", "RUNNING"}, r.statuses(t, "w1", "w2", "w3"))
}

func TestWorkflowBehindTwoLimitsWaitsForBoth(t *testing.T) {
	t.Parallel()
	r := setupLimit(t, 1, nil)
	r.limit(t, "queue", "default", new(2), nil)
	r.startAll(t, "n1", "n2")
	r.start(t, "q1", plain())
	r.start(t, "q2", plain())
	require.Equal(t, []string{"RUNNING", "PENDING", "RUNNING", "PENDING"}, r.statuses(t, "n1", "n2", "q1", "q2"),
		"one that its other limit holds back lets others pass")
	r.finish(t) // n1
	r.fireTimers(t)
	require.Equal(t, []string{"SUCCESSFUL", "RUNNING", "RUNNING", "PENDING"}, r.statuses(t, "n1", "n2", "q1", "q2"))
}

func TestLimitCountsWhatRunsAlready(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.register(t, "a", "f")
	r.startAll(t, "w1", "w2")
	r.limit(t, "name", "n", new(2), nil)
	r.startAll(t, "w3")
	require.Equal(t, "PENDING", r.status(t, "w3"))
}

func TestLiftedLimitLetsAllRun(t *testing.T) {
	t.Parallel()
	r := setupLimit(t, 1, nil)
	r.startAll(t, "w1", "w2", "w3")
	r.limit(t, "name", "n", nil, nil)
	require.Equal(t, []string{"RUNNING", "RUNNING", "RUNNING"}, r.statuses(t, "w1", "w2", "w3"))
	require.Zero(t, scalar[int](t, r, `select count(*) from weir_internal.workflow_limit`))
	require.Zero(t, scalar[int](t, r, `select count(*) from weir_internal.workflow_slot`))
	for range 3 {
		r.finish(t)
	}
}

func TestRaisedLimitLetsMoreRun(t *testing.T) {
	t.Parallel()
	r := setupLimit(t, 1, nil)
	r.startAll(t, "w1", "w2", "w3")
	r.limit(t, "name", "n", new(2), nil)
	require.Equal(t, []string{"RUNNING", "RUNNING", "PENDING"}, r.statuses(t, "w1", "w2", "w3"))
}

func TestBatchIsAdmittedAsFarAsThereIsRoom(t *testing.T) {
	t.Parallel()
	r := setupLimit(t, 2, nil)
	items := make([]*startItem, 4)
	for i := range items {
		params := StartParams{ID: fmt.Sprint("w", i), Name: "n", Graph: Graph{Steps: chain(3)}}
		if i == 0 {
			params.Name = ""
		}
		items[i] = &startItem{params: params, columns: newStepColumns(&params.Graph)}
	}
	require.NoError(t, start(r.ctx, r.db, items, true))
	require.Equal(t, []string{"RUNNING", "RUNNING", "RUNNING", "PENDING"}, r.statuses(t, "w0", "w1", "w2", "w3"))
	for i, item := range items {
		require.Equal(t, r.status(t, fmt.Sprint("w", i)), string(item.started.Status))
	}
	require.Equal(t, []string{"ready", "waiting", "waiting"}, r.states(t, "w2"))
}

func TestTwoStartsMeetAtTheLastPlace(t *testing.T) {
	t.Parallel()
	r := setupLimit(t, 1, nil)
	starts := func(id string) func(*rig) (Started, error) {
		return func(r *rig) (Started, error) { return r.startLimited(id, plain()) }
	}
	first, second := meet(t, r, starts("w1"), starts("w2"))
	require.Equal(t, StatusRunning, first.Status)
	require.Equal(t, StatusPending, second.Status)
}

func TestBadLimitIsRefused(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	for field, limit := range map[string]RunningLimit{
		"scope":       {"function", "f", new(1), nil},
		"key":         {LimitName, "a\nb", new(1), nil},
		"max_running": {LimitName, "n", new(0), nil},
		"max_pending": {LimitName, "n", new(1), new(-1)},
	} {
		var input *InputError
		require.ErrorAs(t, setRunningLimit(r.ctx, r.db, limit), &input)
		require.Equal(t, field, input.Field)
	}
}
