package sdk_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/sdk"
)

// status returns a workflow's, which is the same wherever one asks.
func (b *testBundle) status(t *testing.T, id string) sdk.Status {
	t.Helper()
	status, err := b.client.Status(b.ctx, id)
	require.NoError(t, err)
	fromHandle, err := sdk.Attach[any](b.client, id).Status(b.ctx)
	require.NoError(t, err)
	require.Equal(t, status, fromHandle)
	require.Equal(t, status, b.metadata(t, id).Status)
	for _, sql := range []string{
		`select weir.status($1)`,
		`select status from weir.workflows where workflow_id = $1`,
		`select status from weir.list(id_prefix => $1) where workflow_id = $1`,
		`select weir.metadata($1) ->> 'status'`,
	} {
		require.Equal(t, string(status), scan[string](t, b, sql, id), sql)
	}
	require.Contains(t, b.list(t, sdk.ListOpts{Status: []sdk.Status{status}}), id)
	return status
}

func TestF1ToF6EachStatus(t *testing.T) {
	t.Parallel()
	b := workflowsOfEveryStatus(t)
	for row, status := range map[string]sdk.Status{
		"F1 running": sdk.StatusRunning, "F2 successful": sdk.StatusSuccessful, "F3 failed": sdk.StatusFailed,
		"F4 resumable": sdk.StatusResumable, "F5 canceled": sdk.StatusCanceled, "F6 pending": sdk.StatusPending,
	} {
		t.Run(row, func(t *testing.T) {
			require.Equal(t, status, b.status(t, string(status)))
		})
	}
}

func TestF1StartedWorkflowRunsAtOnce(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	b := setup(t, g.handler())
	handle, err := sdk.Start(b.ctx, b.client, g.Call(1), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	require.Equal(t, sdk.StatusRunning, b.status(t, "w"))
	close(g.open)
	_, err = handle.Wait(b.ctx)
	require.NoError(t, err)
	require.Equal(t, sdk.StatusSuccessful, b.status(t, "w"))
}

func TestF4ResumableEndsWithAWorkerAndComesBackWithout(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	b := setup(t)
	_, err := sdk.Start(b.ctx, b.client, inc.Bind(g.Call(1)), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	require.Equal(t, sdk.StatusResumable, b.status(t, "w"))
	worker := b.worker(t, g.handler())
	g.wait(t)
	require.Equal(t, sdk.StatusRunning, b.status(t, "w"))
	close(g.open)
	_, err = sdk.StepOutput[int](b.ctx, b.client, "w", "gate")
	require.NoError(t, err)
	require.Equal(t, sdk.StatusResumable, b.status(t, "w"), "inc is ready, and nobody knows it")
	require.NoError(t, worker.Stop(b.ctx))
	require.Equal(t, sdk.StatusResumable, b.status(t, "w"))
	b.worker(t, incHandler)
	got, err := sdk.Output[int](b.ctx, b.client, "w")
	require.NoError(t, err)
	require.Equal(t, 3, got)
}

func TestF7StatusesAreTheirNames(t *testing.T) {
	t.Parallel()
	for status, name := range map[sdk.Status]string{
		sdk.StatusPending: "PENDING", sdk.StatusRunning: "RUNNING", sdk.StatusResumable: "RESUMABLE",
		sdk.StatusSuccessful: "SUCCESSFUL", sdk.StatusFailed: "FAILED", sdk.StatusCanceled: "CANCELED",
	} {
		require.Equal(t, name, string(status))
	}
}

func TestF8StatusOfAnUnknownID(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.client.Status(b.ctx, "unknown")
	require.ErrorIs(t, err, sdk.ErrNotFound)
	require.ErrorContains(t, err, "'unknown'")
	requireState(t, b, "WF001", `select weir.status('unknown')`)
	requireState(t, b, "WF001", `select weir.status(null)`)
	for _, id := range []string{"", "a\nb", "\xff", "a\x00"} {
		_, err := b.client.Status(b.ctx, id)
		require.ErrorIs(t, err, sdk.ErrInput)
	}
}

func TestF9StatusOfAnEndIsNotOverwritten(t *testing.T) {
	t.Parallel()
	g, fails := newGate(t), sdk.Step[int, int]{Name: "fails"}
	siblingRuns := make(chan struct{})
	b := setup(t, g.handler(), sumHandler, fails.Do(func(context.Context, int) (int, error) {
		<-siblingRuns
		return 0, sdk.Permanent(errBroken)
	}))
	for _, id := range []string{"failed", "canceled"} {
		other := fails.Call(1)
		if id == "canceled" {
			other = g.Call(2)
		}
		_, err := sdk.Start(b.ctx, b.client, sum.Bind(sdk.All(g.Call(1).With(sdk.NodeOpts{Name: "sibling"}), other)), sdk.StartOpts{ID: id})
		require.NoError(t, err)
	}
	for range 3 {
		g.wait(t)
	}
	close(siblingRuns)
	_, err := sdk.Output[int](b.ctx, b.client, "failed")
	require.ErrorContains(t, err, "broken")
	require.NoError(t, b.client.Cancel(b.ctx, "canceled", ""))

	close(g.open)
	for id, status := range map[string]sdk.Status{"failed": sdk.StatusFailed, "canceled": sdk.StatusCanceled} {
		require.Eventually(t, func() bool { // the sibling ends, and keeps its output
			_, done, err := sdk.StepOutputNow[int](b.ctx, b.client, id, "sibling")
			return done && err == nil
		}, time.Minute, time.Millisecond)
		require.Equal(t, status, b.status(t, id))
	}
}
