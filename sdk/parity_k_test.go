package sdk_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/sdk"
)

// cancels are the ways to cancel, each for a workflow of its own.
func (b *testBundle) cancels(t *testing.T) map[string]func(id string) error {
	t.Helper()
	return map[string]func(string) error{
		"go": func(id string) error { return b.client.Cancel(b.ctx, id, "enough") },
		"sql": func(id string) error {
			require.True(t, scan[bool](t, b, `select weir.cancel($1, 'enough')`, id))
			return nil
		},
	}
}

func TestK1CancelStopsWhatRuns(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	b := setup(t, incHandler, g.handler())
	for id, cancel := range b.cancels(t) {
		handle, err := sdk.Start(b.ctx, b.client, inc.Bind(g.Bind(inc.Call(1))), sdk.StartOpts{ID: id})
		require.NoError(t, err)
		g.wait(t)
		waited := make(chan error, 1)
		go func() {
			_, err := handle.Wait(b.ctx)
			waited <- err
		}()
		require.NoError(t, cancel(id))
		require.Equal(t, sdk.StatusCanceled, b.status(t, id), "when the call returns")
		require.EqualError(t, <-waited, `workflow "`+id+`": workflow canceled: enough`)
		got, err := sdk.StepOutput[int](b.ctx, b.client, id, "inc")
		require.NoError(t, err, "checkpoints stay")
		require.Equal(t, 2, got)
	}
	close(g.open)
	require.NoError(t, b.client.Stop(b.ctx)) // after the bodies that ran
	for id := range b.cancels(t) {
		require.Equal(t, sdk.StatusCanceled, b.status(t, id))
		require.Equal(t, "halted", scan[string](t, b, `select state from weir.steps where workflow_id = $1 and name = 'inc_1'`, id))
	}
}

func TestK1CancelEndsBodiesAndFreesWhatTheyHold(t *testing.T) {
	t.Parallel()
	lock := sdk.Step[string, int]{Name: "lock"}
	began := make(chan struct{}, 2)
	b := setup(t, lock.DoTx(func(ctx context.Context, tx pgx.Tx, id string) (int, error) {
		if _, err := tx.Exec(ctx, `insert into held (id) values ($1)`, id); err != nil {
			return 0, err
		}
		began <- struct{}{}
		<-ctx.Done()
		return 0, context.Cause(ctx)
	}))
	_, err := b.pool.Exec(b.ctx, `create table held (id text primary key)`)
	require.NoError(t, err)
	for id, cancel := range b.cancels(t) {
		_, err := sdk.Start(b.ctx, b.client, lock.Call(id), sdk.StartOpts{ID: id})
		require.NoError(t, err)
		<-began
		require.NoError(t, cancel(id))
		_, err = b.pool.Exec(b.ctx, `insert into held (id) values ($1)`, id) // waits for the body's transaction
		require.NoError(t, err)
	}
	require.Zero(t, scan[int](t, b, `select count(*)::int from weir.attempts`), "to be cancelled is no failure")
}

func TestK2CancelOfWhatHasEndedOrIsUnknown(t *testing.T) {
	t.Parallel()
	b := workflowsOfEveryStatus(t)
	for _, id := range []string{"SUCCESSFUL", "FAILED"} {
		require.ErrorIs(t, b.client.Cancel(b.ctx, id, ""), sdk.ErrFinished)
		requireState(t, b, "WF003", `select weir.cancel($1)`, id)
		require.Equal(t, id, string(b.status(t, id)))
	}
	require.NoError(t, b.client.Cancel(b.ctx, "CANCELED", "another reason"))
	require.False(t, scan[bool](t, b, `select weir.cancel('CANCELED', 'another reason')`))
	require.Equal(t, "the reason", scan[string](t, b, `select cancel_reason from weir.workflows where workflow_id = 'CANCELED'`))

	require.ErrorIs(t, b.client.Cancel(b.ctx, "unknown", ""), sdk.ErrNotFound)
	requireState(t, b, "WF001", `select weir.cancel('unknown')`)
	require.ErrorIs(t, b.client.Cancel(b.ctx, "", ""), sdk.ErrInput)
	require.ErrorIs(t, b.client.Cancel(b.ctx, "RUNNING", "a\nb"), sdk.ErrInput)
	requireState(t, b, "WF006", `select weir.cancel('RUNNING', E'a\nb')`)
	requireState(t, b, "WF006", `select weir.cancel('RUNNING', repeat('x', 4097))`)
	require.Equal(t, sdk.StatusRunning, b.status(t, "RUNNING"))

	for id, cancel := range map[string]func(string) error{"PENDING": b.cancels(t)["go"], "RESUMABLE": b.cancels(t)["sql"]} {
		require.NoError(t, cancel(id))
		require.Equal(t, sdk.StatusCanceled, b.status(t, id))
	}
	require.NotContains(t, b.ids(t, sdk.ListOpts{}), "unknown")
}

func TestK3ResumeAllLeavesCanceledOnesOut(t *testing.T) {
	t.Parallel()
	b := workflowsOfEveryStatus(t)
	resumed, err := b.client.ResumeAll(b.ctx, true)
	require.NoError(t, err)
	for _, r := range resumed {
		require.NotEqual(t, "CANCELED", r.ID)
	}
	scan[*string](t, b, `select max(workflow_id) from weir.resume_all(true)`)
	require.Equal(t, sdk.StatusCanceled, b.status(t, "CANCELED"))
}

func TestK4DeleteRemovesEverything(t *testing.T) {
	t.Parallel()
	b := workflowsOfEveryStatus(t)
	require.NoError(t, b.client.Cancel(b.ctx, "RESUMABLE", "")) // what is active has to be stopped first
	deletes := map[string]func(id string) error{
		"SUCCESSFUL": func(id string) error { return b.client.Delete(b.ctx, id) },
		"FAILED":     func(id string) error { _, err := b.pool.Exec(b.ctx, `select weir.delete($1)`, id); return err },
		"CANCELED":   func(id string) error { return b.client.Delete(b.ctx, id) },
		"RESUMABLE":  func(id string) error { _, err := b.pool.Exec(b.ctx, `select weir.delete($1)`, id); return err },
	}
	for id, remove := range deletes {
		require.NoError(t, remove(id))
		_, err := sdk.Output[int](b.ctx, b.client, id)
		require.ErrorIs(t, err, sdk.ErrNotFound)
		require.ErrorIs(t, b.client.Delete(b.ctx, id), sdk.ErrNotFound)
		requireState(t, b, "WF001", `select weir.delete($1)`, id)
	}
	require.Equal(t, []string{"PENDING", "running too", "RUNNING"}, b.ids(t, sdk.ListOpts{}))
	require.Equal(t, 4, scan[int](t, b, `select count(*)::int from weir_internal.step`))
	require.Zero(t, scan[int](t, b, `select count(*)::int from weir_internal.step_attempt`))

	for id := range deletes {
		handle, err := sdk.Start(b.ctx, b.client, inc.Call(41), sdk.StartOpts{ID: id, OnExisting: sdk.OnExistingReject})
		require.NoError(t, err)
		require.True(t, handle.Created())
		got, err := handle.Wait(b.ctx)
		require.NoError(t, err)
		require.Equal(t, 42, got)
	}
}

func TestK5DeleteOfWhatIsActiveIsRefused(t *testing.T) {
	t.Parallel()
	b := workflowsOfEveryStatus(t)
	for _, id := range []string{"RUNNING", "PENDING", "RESUMABLE"} {
		require.ErrorIs(t, b.client.Delete(b.ctx, id), sdk.ErrActive)
		requireState(t, b, "WF004", `select weir.delete($1)`, id)
		require.Equal(t, id, string(b.status(t, id)))
	}
}

func TestK6DeleteOfAnUnknownID(t *testing.T) {
	t.Parallel()
	b := setup(t)
	require.ErrorIs(t, b.client.Delete(b.ctx, "unknown"), sdk.ErrNotFound)
	requireState(t, b, "WF001", `select weir.delete('unknown')`)
	require.ErrorIs(t, b.client.Delete(b.ctx, ""), sdk.ErrInput)
}
