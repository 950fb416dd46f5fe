package sdk_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/sdk"
)

var (
	Quick   = sdk.Step[int, int]{Name: "quick"}
	Gated   = sdk.Step[int, int]{Name: "gated"}
	Failing = sdk.Step[string, int]{Name: "failing"}
	Gather  = sdk.Step2[sdk.Split[int], []int, []int]{Name: "gather"}
)

func quick(_ context.Context, n int) (int, error) { return n, nil }

// gated waits until it is opened.
func gated(open <-chan struct{}) sdk.Handler {
	return Gated.Do(func(ctx context.Context, n int) (int, error) {
		select {
		case <-open:
			return n, nil
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
	})
}

// gather waits for what remains until nothing does.
func gather(_ context.Context, split sdk.Split[int], got []int) (sdk.Ref[[]int], error) {
	got = append(got, split.Ready...)
	if len(split.Remaining) == 0 {
		return sdk.Val(got), nil
	}
	return Gather.Bind(sdk.WaitSome(split.Remaining, len(split.Remaining), time.Minute), sdk.Val(got)), nil
}

func TestL2FourOfFiveInFiveSeconds(t *testing.T) {
	t.Parallel()
	open := make(chan struct{})
	tell := sdk.Step[sdk.Split[int], []int]{Name: "tell"}
	both := sdk.Step2[[]int, []int, [][]int]{Name: "both"}
	b := setup(t, Quick.Do(quick), gated(open), Gather.Continue(gather),
		tell.Do(func(_ context.Context, split sdk.Split[int]) ([]int, error) {
			close(open) // only now the others end
			return append(split.Ready, len(split.Remaining)), nil
		}),
		both.Do(func(_ context.Context, a, b []int) ([][]int, error) { return [][]int{a, b}, nil }),
	)
	refs := []sdk.Ref[int]{Quick.Call(1), Quick.Call(3), Gated.Call(10), Quick.Call(2), Gated.Call(12)}
	split := sdk.WaitSome(refs, 4, 5*time.Second)
	got, err := sdk.Run(b.ctx, b.client, both.Bind(Gather.Bind(split, sdk.Val([]int{})), tell.Bind(split)), sdk.StartOpts{})
	require.NoError(t, err)
	require.Equal(t, [][]int{{1, 3, 2, 10, 12}, {1, 3, 2, 2}}, got)
}

// take is what is done with the split of a quick and a gated step, the gated one
// remaining.
func take[R any](t *testing.T, name string, body func(sdk.Split[int]) sdk.Ref[R], handlers ...sdk.Handler) R {
	t.Helper()
	open := make(chan struct{})
	step := sdk.Step[sdk.Split[int], R]{Name: name}
	b := setup(t, append(handlers, Quick.Do(quick), gated(open), step.Continue(func(_ context.Context, split sdk.Split[int]) (sdk.Ref[R], error) {
		defer close(open)
		return body(split), nil
	}))...)
	got, err := sdk.Run(b.ctx, b.client, step.Bind(sdk.WaitSome([]sdk.Ref[int]{Gated.Call(2), Quick.Call(1)}, 1, 0)), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	return got
}

func TestL3WhatRemainsIsTaken(t *testing.T) {
	t.Parallel()
	t.Run("as it is", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, 2, take(t, "take", func(s sdk.Split[int]) sdk.Ref[int] { return s.Remaining[0] }))
	})
	t.Run("in joins", func(t *testing.T) {
		t.Parallel()
		got := take(t, "take", func(s sdk.Split[int]) sdk.Ref[map[string][]sdk.Result[int]] {
			return sdk.AllMap(map[string]sdk.Ref[[]sdk.Result[int]]{
				"a": sdk.All(sdk.Try(s.Remaining[0]), sdk.Try(Quick.Call(7))),
				"b": sdk.All(sdk.Try(Failing.Call("x"))),
			})
		}, Failing.Do(func(context.Context, string) (int, error) { return 0, sdk.Permanent(errors.New("x")) }))
		require.Equal(t, []sdk.Result[int]{{Value: 2}, {Value: 7}}, got["a"])
		require.True(t, got["b"][0].Failed())
	})
	t.Run("by steps", func(t *testing.T) {
		t.Parallel()
		got := take(t, "take", func(s sdk.Split[int]) sdk.Ref[int] { return Times.Bind(Quick.Bind(s.Remaining[0]), s.Remaining[0]) }, Times.Do(times))
		require.Equal(t, 4, got)
	})
	t.Run("as an order", func(t *testing.T) {
		t.Parallel()
		got := take(t, "take", func(s sdk.Split[int]) sdk.Ref[int] {
			return Quick.Call(5).After(s.Remaining[0], sdk.Try(s.Remaining[0]))
		})
		require.Equal(t, 5, got)
	})
	t.Run("after it went through another step", func(t *testing.T) {
		t.Parallel()
		through := sdk.Step[sdk.Split[int], sdk.Split[int]]{Name: "through"}
		got := take(t, "take", func(s sdk.Split[int]) sdk.Ref[[]int] {
			return Gather.Bind(through.Call(s), sdk.Val([]int{}))
		}, Gather.Continue(gather), through.Do(func(_ context.Context, s sdk.Split[int]) (sdk.Split[int], error) { return s, nil }))
		require.Equal(t, []int{1, 2}, got)
	})
	t.Run("with options", func(t *testing.T) {
		t.Parallel()
		got := take(t, "take", func(s sdk.Split[int]) sdk.Ref[int] { return s.Remaining[0].With(sdk.NodeOpts{Name: "the rest"}) })
		require.Equal(t, 2, got)
	})
}

func TestL3AnOutcomeRemainsOne(t *testing.T) {
	t.Parallel()
	open := make(chan struct{})
	var late sdk.Step[sdk.Split[sdk.Result[int]], []sdk.Result[int]]
	late.Name = "late"
	b := setup(t, Quick.Do(quick),
		Failing.Do(func(_ context.Context, why string) (int, error) { <-open; return 0, sdk.Permanent(errors.New(why)) }),
		late.Continue(func(_ context.Context, split sdk.Split[sdk.Result[int]]) (sdk.Ref[[]sdk.Result[int]], error) {
			close(open)
			return sdk.All(append(split.Remaining, sdk.Val(split.Ready[0]))...), nil
		}),
	)
	refs := []sdk.Ref[sdk.Result[int]]{sdk.Try(Failing.Call("late")), sdk.Try(Quick.Call(1))}
	got, err := sdk.Run(b.ctx, b.client, late.Bind(sdk.WaitSome(refs, 1, 0)), sdk.StartOpts{})
	require.NoError(t, err)
	require.Equal(t, "late", got[0].Err.Message)
	require.Equal(t, 1, got[1].Value)
}

func TestL3AReferenceOfAnotherWorkflowFailsTheStep(t *testing.T) {
	t.Parallel()
	open := make(chan struct{})
	defer close(open)
	keep, use := sdk.Step[sdk.Split[int], sdk.Split[int]]{Name: "keep"}, sdk.Step[sdk.Split[int], int]{Name: "use"}
	b := setup(t, Quick.Do(quick), gated(open),
		keep.Do(func(_ context.Context, s sdk.Split[int]) (sdk.Split[int], error) { return s, nil }),
		use.Continue(func(_ context.Context, s sdk.Split[int]) (sdk.Ref[int], error) { return s.Remaining[0], nil }),
	)
	split, err := sdk.Run(b.ctx, b.client, keep.Bind(sdk.WaitSome([]sdk.Ref[int]{Gated.Call(2), Quick.Call(1)}, 1, 0)), sdk.StartOpts{ID: "mine"})
	require.NoError(t, err)
	_, err = sdk.Run(b.ctx, b.client, use.Call(split), sdk.StartOpts{ID: "yours"})
	require.ErrorIs(t, err, sdk.ErrInput)
	require.ErrorContains(t, err, `is a step of workflow "mine", and can't be one of "yours"`)
	_, err = sdk.Run(b.ctx, b.client, split.Remaining[0], sdk.StartOpts{})
	require.ErrorContains(t, err, "only a graph that a step of that workflow returns can take it")
}

func TestL4WhatRemainsIsStoppedWithItsWorkflow(t *testing.T) {
	t.Parallel()
	entered, stopped := make(chan struct{}), make(chan error, 1)
	tell := sdk.Step[sdk.Split[int], string]{Name: "tell"}
	b := setup(t,
		Quick.Do(func(_ context.Context, n int) (int, error) { <-entered; return n, nil }),
		Gated.Do(func(ctx context.Context, _ int) (int, error) {
			close(entered)
			<-ctx.Done()
			stopped <- context.Cause(ctx)
			return 0, ctx.Err()
		}),
		tell.Do(func(_ context.Context, s sdk.Split[int]) (string, error) {
			return fmt.Sprint(s.Ready, len(s.Remaining)), nil
		}),
	)
	got, err := sdk.Run(b.ctx, b.client, tell.Bind(sdk.WaitSome([]sdk.Ref[int]{Gated.Call(2), Quick.Call(1)}, 1, 0)), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	require.Equal(t, "[1] 1", got)
	require.ErrorIs(t, <-stopped, sdk.ErrCanceled)
	require.NoError(t, b.client.Delete(b.ctx, "w"))
}

func TestL4ASplitIsTheSameAfterAResume(t *testing.T) {
	t.Parallel()
	open, failed := make(chan struct{}), make(chan struct{})
	tell := sdk.Step[sdk.Split[int], []int]{Name: "tell", Retry: sdk.Retry{Max: sdk.Never}}
	seen := make(chan sdk.Split[int], 2)
	b := setup(t, Quick.Do(quick), gated(open), tell.Continue(func(_ context.Context, s sdk.Split[int]) (sdk.Ref[[]int], error) {
		seen <- s
		select {
		case <-failed:
			return sdk.All(append(s.Remaining, sdk.Val(s.Ready[0]))...), nil
		default:
			close(failed)
			return sdk.Ref[[]int]{}, errors.New("first")
		}
	}))
	handle, err := sdk.Start(b.ctx, b.client, tell.Bind(sdk.WaitSome([]sdk.Ref[int]{Gated.Call(2), Quick.Call(1)}, 1, 0)), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	_, err = handle.Wait(b.ctx)
	require.ErrorContains(t, err, "first")
	close(open)
	_, err = b.client.Resume(b.ctx, "w")
	require.NoError(t, err)
	got, err := handle.Wait(b.ctx)
	require.NoError(t, err)
	require.Equal(t, []int{2, 1}, got)
	first := <-seen
	require.Equal(t, first, <-seen)
}

func TestA4AMapOfNodesArrivesAsItsValues(t *testing.T) {
	t.Parallel()
	type trip struct{ Flights, Hotels map[string]int }
	plan := sdk.Step2[map[string]int, map[string][]int, trip]{Name: "plan"}
	b := setup(t, Quick.Do(quick), plan.Do(func(_ context.Context, flights map[string]int, hotels map[string][]int) (trip, error) {
		return trip{flights, map[string]int{"nights": len(hotels["nights"])}}, nil
	}))
	shared := Quick.Call(1)
	flights := sdk.AllMap(map[string]sdk.Ref[int]{"there": shared, "back": Quick.Call(2), "none": sdk.Val(0)})
	hotels := sdk.AllMap(map[string]sdk.Ref[[]int]{"nights": sdk.All(shared, Quick.Call(3))})
	got, err := sdk.Run(b.ctx, b.client, plan.Bind(flights, hotels), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	require.Equal(t, trip{map[string]int{"there": 1, "back": 2, "none": 0}, map[string]int{"nights": 2}}, got)
	var steps int
	require.NoError(t, b.pool.QueryRow(b.ctx, `select steps from weir.workflows`).Scan(&steps))
	require.Equal(t, 4, steps, "a shared node is one step")
}
