package engine

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// setupManual returns a rig whose worker "m" leaves to a resume what it holds at
// its death, and whose worker "a" doesn't.
func setupManual(t *testing.T) *rig {
	t.Helper()
	r := setupRig(t)
	r.exec(t, `select weir_internal.worker_register('m', 'host', 1, '', '{f,g}', '{default}', '1 hour', true, true)`)
	return r
}

func (r *rig) die(t require.TestingT, worker string) {
	done, err := r.retire(worker, true, 5)
	require.NoError(t, err)
	require.True(t, done)
}

func (r *rig) shown(t require.TestingT, id string) (status Status) {
	require.NoError(t, manage(r.ctx, r.db, `select weir.status($1)`, id, &status))
	return status
}

func (r *rig) resumeAll(t require.TestingT, includeFailed bool) []Resumed {
	resumed, err := resumeAll(r.ctx, r.db, includeFailed)
	require.NoError(t, err)
	return resumed
}

func TestF4ManualWorkerLeavesWhatItHeldResumable(t *testing.T) {
	t.Parallel()
	r := setupManual(t)
	r.start(t, "w", chain(3)...)
	held := r.take(t, "m")
	done, err := r.succeed(held, `1`, passRun)
	require.NoError(t, err)
	r.die(t, "m")
	r.register(t, "a", "f", "g")
	require.Nil(t, r.fetch(t, "a"), "it was recovered by itself")
	require.Equal(t, StatusResumable, r.shown(t, "w"))
	require.Equal(t, "RESUMABLE", scalar[string](t, r, `select status from weir.workflows where workflow_id = 'w'`))

	_, err = r.succeed(&rigThread{"m", held.job, done.next}, `2`, passRun)
	require.ErrorIs(t, err, ErrLost, "a lost worker still writes")
	swept := scalar[[]string](t, r, `select retired from weir_internal.worker_sweep(5)`)
	require.NotContains(t, swept, "m")

	status, err := r.resume("w")
	require.NoError(t, err)
	require.Equal(t, StatusRunning, status)
	require.Equal(t, StatusRunning, r.shown(t, "w"))
	h := r.take(t, "a")
	require.Equal(t, int32(1), h.no, "a checkpointed step runs again")
	require.Zero(t, scalar[int](t, r, `select count(*) from weir_internal.worker where id = 'm'`), "it holds nothing more")
}

func TestManualWorkerThatStopsGivesItsStepsBack(t *testing.T) {
	t.Parallel()
	r := setupManual(t)
	r.register(t, "a", "f")
	r.start(t, "w", plain())
	h := r.take(t, "m")
	released, err := r.release(h)
	require.NoError(t, err)
	require.True(t, released)
	r.take(t, "a")
}

func TestManualWorkerWithNothingLeavesNothing(t *testing.T) {
	t.Parallel()
	r := setupManual(t)
	r.die(t, "m")
	require.Zero(t, scalar[int](t, r, `select count(*) from weir_internal.worker`))
}

func TestG2StartOfTheSameIDResumesIt(t *testing.T) {
	t.Parallel()
	for existing, status := range map[OnExisting]Status{
		OnExistingResume: StatusRunning,
		OnExistingAttach: StatusResumable,
		OnExistingReject: StatusResumable,
	} {
		t.Run(existing.String(), func(t *testing.T) {
			t.Parallel()
			r := setupManual(t)
			r.register(t, "a", "f")
			r.start(t, "w", plain())
			r.take(t, "m")
			r.die(t, "m")
			r.startAs(t, existing, "w", plain())
			require.Equal(t, status, r.shown(t, "w"))
		})
	}
}

func TestG2ResumeGivesAFreshRetryBudget(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.start(t, "w", plain())
	for i := range 7 { // more than a poison step survives
		worker := fmt.Sprint("m", i)
		r.exec(t, `select weir_internal.worker_register($1, 'host', 1, '', '{f}', '{default}', '1 hour', true, true)`, worker)
		r.exec(t, `update weir_internal.river_job set scheduled_at = now()`)
		r.take(t, worker)
		r.die(t, worker)
		_, err := r.resume("w")
		require.NoError(t, err)
	}
	require.Equal(t, "RUNNING", r.status(t, "w"))
}

// resumables starts one workflow in every state that a resume may meet.
func (r *rig) resumables(t *testing.T) {
	t.Helper()
	r.start(t, "resumable", plain())
	r.take(t, "m")
	r.die(t, "m")
	r.register(t, "a", "f", "g")
	r.start(t, "failed", plain())
	_, _, err := r.fail(r.take(t, "a"), "no", true)
	require.NoError(t, err)
	r.start(t, "canceled", plain())
	require.NoError(t, r.cancel("canceled"))
	r.start(t, "successful", plain())
	_, err = r.succeed(r.take(t, "a"), `1`, passHand)
	require.NoError(t, err)
	r.start(t, "running", plain())
	r.take(t, "a")
}

func TestG11ResumeAllResumesWhatIsResumable(t *testing.T) {
	t.Parallel()
	r := setupManual(t)
	r.resumables(t)
	require.Equal(t, []Resumed{{ID: "resumable", Status: StatusRunning}}, r.resumeAll(t, false))
	require.Equal(t, []string{"RUNNING", "FAILED", "CANCELED", "SUCCESSFUL", "RUNNING"},
		r.statuses(t, "resumable", "failed", "canceled", "successful", "running"))
	require.Empty(t, r.resumeAll(t, false))
}

func TestG11ResumeAllIncludesFailedWhenAsked(t *testing.T) {
	t.Parallel()
	r := setupManual(t)
	r.resumables(t)
	require.Equal(t, []Resumed{
		{ID: "resumable", Status: StatusRunning},
		{ID: "failed", Status: StatusRunning},
	}, r.resumeAll(t, true))
	require.Equal(t, "CANCELED", r.status(t, "canceled"), "K3: cancelled ones stay out")
}

func TestG11OneThatIsLockedHasItsOwnError(t *testing.T) {
	t.Parallel()
	r := setupManual(t)
	r.resumables(t)
	holder, tx := r.begin(t)
	holder.exec(t, `select from weir_internal.workflow where workflow_id = 'failed' for update`)
	resumed := r.resumeAll(t, true)
	require.Equal(t, Resumed{ID: "resumable", Status: StatusRunning}, resumed[0])
	require.Equal(t, "failed", resumed[1].ID)
	require.Equal(t, StatusFailed, resumed[1].Status)
	require.NotEmpty(t, resumed[1].Reason)

	require.NoError(t, tx.Rollback(r.ctx))
	require.Equal(t, []Resumed{{ID: "failed", Status: StatusRunning}}, r.resumeAll(t, true))
}

func TestG11WithoutACapableWorkerItStaysResumable(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.start(t, "w", plain())
	require.Equal(t, []Resumed{{ID: "w", Status: StatusResumable}}, r.resumeAll(t, false))
	r.register(t, "a", "f")
	require.Equal(t, StatusRunning, r.shown(t, "w"), "its job is there for whoever comes")
	r.take(t, "a")
}

func TestResumeAllIsOneStatementForAll(t *testing.T) {
	t.Parallel()
	const workflows = 2_000
	r := setupRig(t)
	r.register(t, "a", "f")
	items := make([]*startItem, workflows)
	for i := range items {
		params := StartParams{ID: fmt.Sprintf("w%04d", i), Graph: Graph{Steps: chain(3)}}
		items[i] = &startItem{params: params, columns: newStepColumns(&params.Graph)}
	}
	require.NoError(t, start(r.ctx, r.db, items, true))
	// What fail does for one, at a stroke.
	r.exec(t, `update weir_internal.step set state = case no when 0 then 'failed' else 'halted' end::weir_internal.step_state,
	  finished_at = case no when 0 then now() end, error = case no when 0 then '{}'::jsonb end`)
	r.exec(t, `update weir_internal.workflow set status = 'FAILED', failed_step = 0, finished_at = now()`)
	r.exec(t, `delete from weir_internal.river_job`)

	conn, err := r.pool.Acquire(r.ctx)
	require.NoError(t, err)
	defer conn.Release()
	calls := func() int { // of functions in PL/pgSQL, in this session
		return scalar[int](t, r.on(conn), `select pg_stat_get_xact_function_calls('weir_internal.set_going'::regproc)`)
	}
	require.NoError(t, pgx.BeginFunc(r.ctx, conn, func(tx pgx.Tx) error {
		r.on(tx).exec(t, `set local track_functions = 'all'`)
		require.Len(t, r.on(tx).resumeAll(t, true), workflows)
		require.Equal(t, 1, calls())
		return nil
	}))
	require.Equal(t, workflows, scalar[int](t, r, `select count(*) from weir_internal.river_job where state = 'available'`))
	require.Equal(t, workflows, scalar[int](t, r, `select count(*) from weir_internal.workflow where status = 'RUNNING'`))
}
