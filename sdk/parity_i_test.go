package sdk_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/sdk"
)

func TestI1OutputOfWhatIsFinishedAgainAndAgainFromAnyProcess(t *testing.T) {
	t.Parallel()
	b := setup(t, incHandler)
	_, err := sdk.Run(b.ctx, b.client, inc.Call(1), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	for _, client := range []*sdk.Client{b.client, b.client, b.watcher(t)} {
		got, err := sdk.Output[int](b.ctx, client, "w")
		require.NoError(t, err)
		require.Equal(t, 2, got)
		got, done, err := sdk.OutputNow[int](b.ctx, client, "w")
		require.NoError(t, err)
		require.True(t, done)
		require.Equal(t, 2, got)
	}
	require.Equal(t, "2", scan[string](t, b, `select weir.output('w')::text`))

	_, err = sdk.Output[string](b.ctx, b.client, "w")
	require.ErrorIs(t, err, sdk.ErrDecode)
	_, done, err := sdk.OutputNow[string](b.ctx, b.client, "w")
	require.ErrorIs(t, err, sdk.ErrDecode)
	require.True(t, done)
}

func TestI2OutputOfWhatRunsWaits(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	b := setup(t, g.handler(), incHandler)
	handle, err := sdk.Start(b.ctx, b.client, g.Call(1), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	g.wait(t)
	_, done, err := sdk.OutputNow[int](b.ctx, b.client, "w")
	require.NoError(t, err)
	require.False(t, done)
	require.Nil(t, scan[*string](t, b, `select weir.output('w')::text`))

	got := make(chan int, 2)
	for _, client := range []*sdk.Client{b.client, b.watcher(t)} {
		go func() {
			output, _ := sdk.Output[int](b.ctx, client, "w")
			got <- output
		}()
	}
	close(g.open)
	require.Equal(t, 2, <-got)
	require.Equal(t, 2, <-got)
	output, err := handle.Wait(b.ctx)
	require.NoError(t, err)
	require.Equal(t, 2, output)

	for i := range 20 {
		_, err := sdk.Start(b.ctx, b.client, inc.Call(i), sdk.StartOpts{ID: fmt.Sprint("many-", i)})
		require.NoError(t, err)
	}
	for i := range 20 {
		got, err := sdk.Output[int](b.ctx, b.client, fmt.Sprint("many-", i))
		require.NoError(t, err)
		require.Equal(t, i+1, got)
	}
}

func TestI3OutputOfWhatFailedIsTheStepsErrorAndRunsNothing(t *testing.T) {
	t.Parallel()
	f := newFlaky("flaky")
	b := setup(t, f.handler())
	_, err := sdk.Start(b.ctx, b.client, f.Call(1), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	failed := func() {
		_, err := sdk.Output[int](b.ctx, b.client, "w")
		var step *sdk.StepError
		require.ErrorAs(t, err, &step)
		require.Equal(t, &sdk.StepError{Step: "flaky", Type: "errors.errorString", Message: "broken", Attempts: 1}, step)
		_, done, err := sdk.OutputNow[int](b.ctx, b.client, "w")
		require.ErrorAs(t, err, &step)
		require.True(t, done)
		require.Nil(t, scan[*string](t, b, `select weir.output('w')::text`))
		require.Equal(t, "broken", scan[string](t, b, `select error ->> 'message' from weir.workflows`))
		require.Equal(t, int64(1), f.runs.Load())
	}
	failed()
	close(f.mended)
	failed() // the cause is gone, and nobody has resumed it

	_, err = b.client.Resume(b.ctx, "w")
	require.NoError(t, err)
	got, err := sdk.Output[int](b.ctx, b.client, "w")
	require.NoError(t, err)
	require.Equal(t, 10, got)
}

// Ray refused. Here a worker that comes is all it takes.
func TestI4OutputOfWhatIsResumableWaitsForAWorker(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := sdk.Start(b.ctx, b.client, inc.Call(1), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	status, err := b.client.Status(b.ctx, "w")
	require.NoError(t, err)
	require.Equal(t, sdk.StatusResumable, status)
	_, done, err := sdk.OutputNow[int](b.ctx, b.client, "w")
	require.NoError(t, err)
	require.False(t, done)

	got := make(chan int, 1)
	go func() {
		output, _ := sdk.Output[int](b.ctx, b.client, "w")
		got <- output
	}()
	b.worker(t, incHandler)
	require.Equal(t, 2, <-got)
}

func TestI5OutputOfWhatIsCanceledSaysWhy(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	b := setup(t, g.handler())
	close(g.open)
	_, err := sdk.Start(b.ctx, b.client, inc.Bind(g.Call(1)), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	require.NoError(t, b.client.Cancel(b.ctx, "w", "the customer asked"))

	requireCanceled := func(err error, reason string) {
		require.ErrorIs(t, err, sdk.ErrCanceled)
		var canceled *sdk.CanceledError
		require.ErrorAs(t, err, &canceled)
		require.Equal(t, &sdk.CanceledError{WorkflowID: "w", Reason: reason}, canceled)
	}
	_, err = sdk.Output[int](b.ctx, b.client, "w")
	requireCanceled(err, "the customer asked")
	require.EqualError(t, err, `workflow "w": workflow canceled: the customer asked`)
	_, done, err := sdk.OutputNow[int](b.ctx, b.client, "w")
	requireCanceled(err, "the customer asked")
	require.True(t, done)
	_, err = sdk.StepOutput[int](b.ctx, b.client, "w", "inc")
	requireCanceled(err, "the customer asked")
	require.Nil(t, scan[*string](t, b, `select weir.output('w')::text`))
	require.Equal(t, "the customer asked", scan[string](t, b, `select cancel_reason from weir.workflows`))

	_, err = b.client.Resume(b.ctx, "w")
	require.NoError(t, err)
	require.NoError(t, b.client.Cancel(b.ctx, "w", ""))
	_, err = sdk.Output[int](b.ctx, b.client, "w")
	requireCanceled(err, "")
	require.EqualError(t, err, `workflow "w": workflow canceled`)
}

func TestI6OutputOfAnUnknownIDFailsAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := sdk.Output[int](b.ctx, b.client, "unknown")
	require.ErrorIs(t, err, sdk.ErrNotFound)
	_, done, err := sdk.OutputNow[int](b.ctx, b.client, "unknown")
	require.ErrorIs(t, err, sdk.ErrNotFound)
	require.False(t, done)
	_, err = sdk.StepOutput[int](b.ctx, b.client, "unknown", "inc")
	require.ErrorIs(t, err, sdk.ErrNotFound)
	_, done, err = sdk.StepOutputNow[int](b.ctx, b.client, "unknown", "inc")
	require.ErrorIs(t, err, sdk.ErrNotFound)
	require.False(t, done)
	requireState(t, b, "WF001", `select weir.output('unknown')`)
	requireState(t, b, "WF001", `select weir.step_output('unknown', 'inc')`)

	for _, id := range []string{"", "a\nb", "a\x00"} {
		_, err = sdk.Output[int](b.ctx, b.client, id)
		require.ErrorIs(t, err, sdk.ErrInput)
		_, _, err = sdk.OutputNow[int](b.ctx, b.client, id)
		require.ErrorIs(t, err, sdk.ErrInput)
		_, err = sdk.StepOutput[int](b.ctx, b.client, "w", id)
		require.ErrorIs(t, err, sdk.ErrInput)
		_, _, err = sdk.StepOutputNow[int](b.ctx, b.client, "w", id)
		require.ErrorIs(t, err, sdk.ErrInput)
	}
	require.Zero(t, scan[int](t, b, `select count(*)::int from weir.workflows`))
}

func TestI7NamedOutputAlsoOfAStepWhoseWorkflowFailed(t *testing.T) {
	t.Parallel()
	f := newFlaky("outer")
	b := setup(t, f.handler(), incHandler)
	inner := inc.Call(1).With(sdk.NodeOpts{Name: "inner"})
	_, err := sdk.Start(b.ctx, b.client, f.Bind(inner), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	_, err = sdk.Output[int](b.ctx, b.client, "w")
	require.ErrorContains(t, err, "broken")

	got, err := sdk.StepOutput[int](b.ctx, b.client, "w", "inner")
	require.NoError(t, err)
	require.Equal(t, 2, got)
	got, done, err := sdk.StepOutputNow[int](b.ctx, b.client, "w", "inner")
	require.NoError(t, err)
	require.True(t, done)
	require.Equal(t, 2, got)
	require.Equal(t, "2", scan[string](t, b, `select weir.step_output('w', 'inner')::text`))

	var step *sdk.StepError
	_, err = sdk.StepOutput[int](b.ctx, b.client, "w", "outer")
	require.ErrorAs(t, err, &step)
	require.Equal(t, "outer", step.Step)
	_, done, err = sdk.StepOutputNow[int](b.ctx, b.client, "w", "outer")
	require.ErrorAs(t, err, &step)
	require.True(t, done)
	require.Nil(t, scan[*string](t, b, `select weir.step_output('w', 'outer')::text`))
}

// bringer returns the graph that has a step called late.
var bringer = sdk.Step[int, int]{Name: "bringer"}

func bringLate(_ context.Context, n int) (sdk.Ref[int], error) {
	return inc.Bind(inc.Call(n).With(sdk.NodeOpts{Name: "late"})), nil
}

func TestI8NamedOutputWaitsForAStepThatDoesNotExistYet(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	b := setup(t, g.handler(), incHandler, bringer.Continue(bringLate))
	_, err := sdk.Start(b.ctx, b.client, bringer.Bind(g.Call(1)), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	g.wait(t)
	for _, step := range []string{"late", "bringer", "gate"} {
		_, done, err := sdk.StepOutputNow[int](b.ctx, b.client, "w", step)
		require.NoError(t, err)
		require.False(t, done)
		require.Nil(t, scan[*string](t, b, `select weir.step_output('w', $1)::text`, step))
	}

	got := make(chan int, 2)
	for _, client := range []*sdk.Client{b.client, b.watcher(t)} {
		go func() {
			output, _ := sdk.StepOutput[int](b.ctx, client, "w", "late")
			got <- output
		}()
	}
	close(g.open)
	require.Equal(t, 3, <-got)
	require.Equal(t, 3, <-got)
	require.Equal(t, "3", scan[string](t, b, `select weir.step_output('w', 'late')::text`))
}

func TestI8NamedOutputOfAStepThatNeverCameIsAnErrorThatNamesIt(t *testing.T) {
	t.Parallel()
	g, f := newGate(t), newFlaky("flaky")
	b := setup(t, g.handler(), f.handler(), incHandler)
	_, err := sdk.Start(b.ctx, b.client, g.Call(1), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	waited := make(chan error, 2)
	for _, client := range []*sdk.Client{b.client, b.watcher(t)} {
		go func() {
			_, err := sdk.StepOutput[int](b.ctx, client, "w", "never")
			waited <- err
		}()
	}
	close(g.open)
	for range 2 {
		err := <-waited
		require.ErrorIs(t, err, sdk.ErrStepNotFound)
		require.ErrorContains(t, err, `workflow "w" is SUCCESSFUL without step "never"`)
	}
	_, done, err := sdk.StepOutputNow[int](b.ctx, b.client, "w", "never")
	require.ErrorIs(t, err, sdk.ErrStepNotFound)
	require.True(t, done)
	requireState(t, b, "WF008", `select weir.step_output('w', 'never')`)
	requireState(t, b, "WF008", `select weir.step_output('w', null)`)

	// What is in the graph but will not run, as another step has failed, is no better.
	_, err = sdk.Run(b.ctx, b.client, inc.Bind(f.Call(1)), sdk.StartOpts{ID: "failed"})
	require.ErrorContains(t, err, "broken")
	_, err = sdk.StepOutput[int](b.ctx, b.client, "failed", "inc")
	require.ErrorIs(t, err, sdk.ErrStepNotFound)
	requireState(t, b, "WF008", `select weir.step_output('failed', 'inc')`)
	close(f.mended)
	_, err = b.client.Resume(b.ctx, "failed")
	require.NoError(t, err)
	got, err := sdk.StepOutput[int](b.ctx, b.client, "failed", "inc")
	require.NoError(t, err)
	require.Equal(t, 11, got)
}

func TestI8NamedOutputEndsWithACancel(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	b := setup(t, g.handler(), incHandler)
	_, err := sdk.Start(b.ctx, b.client, inc.Bind(g.Call(1)), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	g.wait(t)
	waited := make(chan error, 1)
	go func() {
		_, err := sdk.StepOutput[int](b.ctx, b.client, "w", "inc")
		waited <- err
	}()
	require.NoError(t, b.client.Cancel(b.ctx, "w", "enough"))
	require.EqualError(t, <-waited, `workflow "w": workflow canceled: enough`)
	_, done, err := sdk.StepOutputNow[int](b.ctx, b.client, "w", "inc")
	require.ErrorIs(t, err, sdk.ErrCanceled)
	require.True(t, done)
	requireState(t, b, "WF008", `select weir.step_output('w', 'inc')`)
	close(g.open)
	// The body that was running keeps its checkpoint.
	require.Eventually(t, func() bool {
		got, done, err := sdk.StepOutputNow[int](b.ctx, b.client, "w", "gate")
		return err == nil && done && got == 2
	}, time.Minute, time.Millisecond)
}

func TestI8NamedOutputEndsWithItsContext(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := sdk.Start(b.ctx, b.client, inc.Call(1), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	ctx, cancel := context.WithCancelCause(b.ctx)
	cancel(errBroken)
	_, err = sdk.StepOutput[int](ctx, b.client, "w", "inc")
	require.ErrorIs(t, err, errBroken)
}

// There are no steps whose output isn't recorded.
func TestI9NamedOutputOutlivesTheProcessThatMadeIt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	worker := b.worker(t, incHandler)
	_, err := sdk.Run(b.ctx, worker, inc.Bind(inc.Call(1)), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	require.NoError(t, worker.Stop(b.ctx))
	got, err := sdk.StepOutput[int](b.ctx, b.client, "w", "inc")
	require.NoError(t, err)
	require.Equal(t, 2, got)
}

func TestI10NamedOutputByNumberedName(t *testing.T) {
	t.Parallel()
	b := setup(t, incHandler, sumHandler)
	calls := []sdk.Ref[int]{inc.Call(10), inc.Call(20), inc.Call(30)}
	_, err := sdk.Run(b.ctx, b.client, sum.Bind(sdk.All(calls...)), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	for step, want := range map[string]int{"inc": 11, "inc_1": 21, "inc_2": 31, "sum": 63} {
		got, err := sdk.StepOutput[int](b.ctx, b.client, "w", step)
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.Equal(t, want, scan[int](t, b, `select weir.step_output('w', $1)::int`, step))
	}
	_, err = sdk.StepOutput[int](b.ctx, b.client, "w", "inc_3")
	require.ErrorIs(t, err, sdk.ErrStepNotFound)
}

func TestC6NamedStepThatReturnedAGraphYieldsWhatTheChainEndsWith(t *testing.T) {
	t.Parallel()
	f := newFlaky("flaky")
	b := setup(t, handlers...)
	b.worker(t, f.handler(), bringer.Continue(func(context.Context, int) (sdk.Ref[int], error) {
		return f.Call(1), nil
	}))
	_, err := sdk.Run(b.ctx, b.client, Factorial.Call(5).With(sdk.NodeOpts{Name: "all"}), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	got, err := sdk.StepOutput[int](b.ctx, b.client, "w", "all")
	require.NoError(t, err)
	require.Equal(t, 120, got)
	require.Equal(t, 120, scan[int](t, b, `select weir.step_output('w', 'all')::int`))
	require.Equal(t, 24, scan[int](t, b, `select weir.step_output('w', 'factorial')::int`))

	// Its failure is that of the step in the graph.
	_, err = sdk.Start(b.ctx, b.client, bringer.Call(1), sdk.StartOpts{ID: "failed"})
	require.NoError(t, err)
	_, err = sdk.StepOutput[int](b.ctx, b.client, "failed", "bringer")
	var step *sdk.StepError
	require.ErrorAs(t, err, &step)
	require.Equal(t, "flaky", step.Step)
	close(f.mended)
}
