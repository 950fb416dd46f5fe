package sdk

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func TestRunReturnsTheOutput(t *testing.T) {
	t.Parallel()
	client, fake := setup(t, arithmetic()...)
	got, err := Run(t.Context(), client, add.Bind(inc.Call(1), Val(40)), StartOpts{
		ID:         "answer",
		Metadata:   map[string]any{"k": "v"},
		OnExisting: OnExistingReject,
	})
	require.NoError(t, err)
	require.Equal(t, 42, got)
	require.Equal(t, "answer", fake.params[0].ID)
	require.JSONEq(t, `{"k": "v"}`, string(fake.params[0].Metadata))
	require.Equal(t, OnExistingReject, fake.params[0].OnExisting)
}

func TestRunReturnsTheErrorOfTheStep(t *testing.T) {
	t.Parallel()
	client, _ := setup(t, arithmetic()...)
	_, err := Run(t.Context(), client, inc.Bind(fail.Call("no")), StartOpts{ID: "w"})
	require.EqualError(t, err, `workflow "w": step "fail" failed after 1 attempt: refused: no`)
	var step *StepError
	require.ErrorAs(t, err, &step)
	require.Equal(t, "fail", step.Step)
	require.ErrorIs(t, err, refused{})
}

func TestA8ArgumentsAreEncodedWhenBound(t *testing.T) {
	t.Parallel()
	client, _ := setup(t, arithmetic()...)
	numbers := []int{1, 2}
	call, val := sum.Call(numbers), sum.Bind(Val(numbers))
	numbers[0] = 100
	got, err := Run(t.Context(), client, All(call, val), StartOpts{})
	require.NoError(t, err)
	require.Equal(t, []int{3, 3}, got)
}

func TestContinueRecurs(t *testing.T) {
	t.Parallel()
	factorial := Step[int, int]{Name: "factorial"}
	times := Step2[int, int, int]{Name: "times"}
	client, _ := setup(
		t,
		times.Do(func(_ context.Context, a, b int) (int, error) { return a * b, nil }),
		factorial.Continue(func(_ context.Context, n int) (Ref[int], error) {
			if n <= 1 {
				return Val(1), nil
			}
			return times.Bind(Val(n), factorial.Call(n-1)), nil
		}),
	)
	got, err := Run(t.Context(), client, factorial.Call(10), StartOpts{})
	require.NoError(t, err)
	require.Equal(t, 3628800, got)
}

func TestTryCatches(t *testing.T) {
	t.Parallel()
	client, _ := setup(t, arithmetic()...)
	got, err := Run(t.Context(), client, All(Try(inc.Call(1)), Try(fail.Call("full"))), StartOpts{})
	require.NoError(t, err)
	require.Equal(t, 2, got[0].Or(0))
	require.ErrorIs(t, got[1].Err, refused{})
	require.Equal(t, "refused: full", got[1].Err.Message)
}

func TestSleepReturnsItsWakeUpTime(t *testing.T) {
	t.Parallel()
	client, _ := setup(t)
	woke, err := Run(t.Context(), client, Sleep(time.Hour), StartOpts{})
	require.NoError(t, err)
	require.WithinDuration(t, time.Date(2026, 1, 2, 3, 4, 5, 678_000_000, time.UTC), woke, 0)
}

func TestStartChoosesAnID(t *testing.T) {
	t.Parallel()
	client, _ := setup(t, arithmetic()...)
	first, err := Start(t.Context(), client, inc.Call(1), StartOpts{})
	require.NoError(t, err)
	second, err := Start(t.Context(), client, inc.Call(1), StartOpts{})
	require.NoError(t, err)
	require.NotEqual(t, first.ID(), second.ID())
	id, err := uuid.Parse(first.ID())
	require.NoError(t, err)
	require.Equal(t, uuid.Version(7), id.Version())
	require.True(t, first.Created())
	require.True(t, first.SameGraph())
}

func TestStartTxHandsTheTransactionOn(t *testing.T) {
	t.Parallel()
	client, fake := setup(t, arithmetic()...)
	tx := fakeTx{}
	handle, err := StartTx(t.Context(), client, tx, inc.Call(1), StartOpts{ID: "w"})
	require.NoError(t, err)
	require.Equal(t, "w", handle.ID())
	require.Equal(t, tx, fake.tx)
	_, err = StartTx(t.Context(), client, tx, Ref[int]{}, StartOpts{})
	require.Equal(t, []string{"root"}, fields(err))
}

func TestStartManyKeepsTheOrder(t *testing.T) {
	t.Parallel()
	client, _ := setup(t, arithmetic()...)
	handles, err := StartMany(t.Context(), client, []StartManyParams[int]{
		{Root: inc.Call(1), Opts: StartOpts{ID: "a"}},
		{Root: inc.Call(2), Opts: StartOpts{ID: "b"}},
	})
	require.NoError(t, err)
	for i, handle := range handles {
		require.Equal(t, []string{"a", "b"}[i], handle.ID())
		got, err := handle.Wait(t.Context())
		require.NoError(t, err)
		require.Equal(t, i+2, got)
	}
	handles, err = StartMany[int](t.Context(), client, nil)
	require.NoError(t, err)
	require.Empty(t, handles)
}
