package sdk_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/sdk"
)

// counted is inc that counts its runs.
func counted() (handler sdk.Handler, runs *atomic.Int64) {
	runs = new(atomic.Int64)
	return inc.Do(func(_ context.Context, n int) (int, error) {
		runs.Add(1)
		return n + 1, nil
	}), runs
}

func TestA1BindingRunsAndStoresNothing(t *testing.T) {
	t.Parallel()
	handler, runs := counted()
	b := setup(t, handler)
	ref := inc.Bind(inc.Call(1))
	require.Zero(t, scan[int](t, b, `select count(*)::int from weir_internal.workflow`))
	require.Zero(t, runs.Load())

	got, err := sdk.Run(b.ctx, b.client, ref, sdk.StartOpts{})
	require.NoError(t, err)
	require.Equal(t, 3, got)
	require.Equal(t, int64(2), runs.Load())
}

func TestA6ConsumersShareNoMemory(t *testing.T) {
	t.Parallel()
	list := sdk.Step[int, []int]{Name: "list"}
	spoil := sdk.Step2[[]int, []int, []int]{Name: "spoil"}
	join := sdk.Step2[[]int, []int, [][]int]{Name: "join"}
	b := setup(t,
		list.Do(func(_ context.Context, n int) ([]int, error) { return []int{n}, nil }),
		spoil.Do(func(_ context.Context, one, other []int) ([]int, error) {
			one[0] = 100
			return other, nil
		}),
		join.Do(func(_ context.Context, spoiled, list []int) ([][]int, error) { return [][]int{spoiled, list}, nil }),
	)
	ref := list.Call(1)
	got, err := sdk.Run(b.ctx, b.client, join.Bind(spoil.Bind(ref, ref), ref), sdk.StartOpts{})
	require.NoError(t, err)
	require.Equal(t, [][]int{{1}, {1}}, got)
}

func TestA7ATreeThatIsRunAgainRunsAfresh(t *testing.T) {
	t.Parallel()
	handler, runs := counted()
	b := setup(t, handler)
	ref := inc.Call(1)
	for again := range 4 {
		_, err := sdk.Run(b.ctx, b.client, ref, sdk.StartOpts{})
		require.NoError(t, err)
		require.Equal(t, int64(again+1), runs.Load())
	}
}
