package sdk_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/sdk"
)

// resume resumes a workflow by Go or by SQL and returns the output that it comes to.
func (b *testBundle) resume(t *testing.T, id string, inSQL bool) int {
	t.Helper()
	if inSQL {
		scan[string](t, b, `select weir.resume($1)`, id)
	} else {
		_, err := b.client.Resume(b.ctx, id)
		require.NoError(t, err)
	}
	got, err := sdk.Output[int](b.ctx, b.client, id)
	require.NoError(t, err)
	return got
}

func TestG3ResumeOfWhatIsSuccessfulReturnsWhatIsStored(t *testing.T) {
	t.Parallel()
	var runs atomic.Int64
	b := setup(t, inc.Do(func(_ context.Context, n int) (int, error) {
		if runs.Add(1) > 1 {
			return 0, sdk.Permanent(errBroken) // today's code would fail
		}
		return n + 1, nil
	}))
	got, err := sdk.Run(b.ctx, b.client, inc.Call(1), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	for _, inSQL := range []bool{false, true} {
		require.Equal(t, got, b.resume(t, "w", inSQL))
	}
	require.Equal(t, int64(1), runs.Load())
}

func TestG6ResumeOfWhatIsCanceledGoesOn(t *testing.T) {
	t.Parallel()
	for _, inSQL := range []bool{false, true} {
		g := newGate(t)
		b := setup(t, incHandler, g.handler())
		_, err := sdk.Start(b.ctx, b.client, g.Bind(inc.Call(1)), sdk.StartOpts{ID: "w"})
		require.NoError(t, err)
		g.wait(t)
		require.NoError(t, b.client.Cancel(b.ctx, "w", "for a while"))
		close(g.open)
		require.Equal(t, 3, b.resume(t, "w", inSQL))
	}
}

func TestG7ResumeRunsTheCodeOfTodayInAnotherProcess(t *testing.T) {
	t.Parallel()
	for _, inSQL := range []bool{false, true} {
		handler, runs := counted()
		b := setup(t, handler)
		second := sdk.Step[int, int]{Name: "second"}
		yesterday := b.process(t, second.Do(func(context.Context, int) (int, error) { return 0, sdk.Permanent(errBroken) }))
		_, err := sdk.Run(b.ctx, b.client, second.Bind(inc.Call(1)), sdk.StartOpts{ID: "w"})
		require.ErrorIs(t, err, &sdk.StepError{Step: "second"})
		require.NoError(t, yesterday.Stop(b.ctx))

		b.worker(t, second.Do(func(_ context.Context, n int) (int, error) { return 10 * n, nil }))
		require.Equal(t, 20, b.resume(t, "w", inSQL))
		require.Equal(t, int64(1), runs.Load(), "what is checkpointed doesn't run again")
	}
}
