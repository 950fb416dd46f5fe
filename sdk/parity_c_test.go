package sdk_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/sdk"
)

func TestC5WhatAStepReturnsIsFreeUntilItIsStoredAndThenNeverMadeAgain(t *testing.T) {
	t.Parallel()
	parent := sdk.Step[int, int]{Name: "parent", Retry: sdk.Retry{Max: 1, NoDelay: true}}
	var runs atomic.Int64
	f := newFlaky("flaky")
	b := setup(t, incHandler, f.handler(), parent.Continue(func(_ context.Context, n int) (sdk.Ref[int], error) {
		if runs.Add(1) == 1 {
			return inc.Call(n), errors.New("after it had made up its mind")
		}
		return inc.Bind(f.Call(n)), nil
	}))
	_, err := sdk.Run(b.ctx, b.client, parent.Call(1), sdk.StartOpts{ID: "w"})
	require.ErrorIs(t, err, &sdk.StepError{Step: "flaky"})
	require.Equal(t, int64(2), runs.Load())

	close(f.mended)
	_, err = b.client.Resume(b.ctx, "w")
	require.NoError(t, err)
	got, err := sdk.Output[int](b.ctx, b.client, "w")
	require.NoError(t, err)
	require.Equal(t, 11, got)
	require.Equal(t, int64(2), runs.Load())
}
