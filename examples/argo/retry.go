package argo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pgweir/weir/sdk"
)

const flakyUntil = 3

var (
	Flaky       = sdk.Step[string, string]{Name: "flaky", Retry: sdk.Retry{Max: 10, Backoff: time.Millisecond}}
	FlakyOnce   = sdk.Step[int, string]{Name: "flaky_once", Retry: sdk.Retry{Max: sdk.Never}}
	RetryByHand = sdk.Step[int, string]{Name: "retry_by_hand"}
	RetryUnless = sdk.Step2[sdk.Result[string], int, string]{Name: "retry_unless_done"}
)

var retryHandlers = []sdk.Handler{
	Flaky.Do(func(ctx context.Context, how string) (string, error) {
		step, _ := sdk.Info(ctx)
		if step.Attempt < flakyUntil {
			return "", errors.New("not yet")
		}
		return fmt.Sprintf("done %s at attempt %d", how, step.Attempt), nil
	}),
	FlakyOnce.Do(func(_ context.Context, attempt int) (string, error) {
		if attempt < flakyUntil {
			return "", errors.New("not yet")
		}
		return fmt.Sprintf("done by hand at attempt %d", attempt), nil
	}),
	RetryByHand.Continue(func(_ context.Context, attempt int) (sdk.Ref[string], error) {
		return RetryUnless.Bind(sdk.Try(FlakyOnce.Call(attempt)), sdk.Val(attempt)), nil
	}),
	// A policy of one's own: what a failure is followed by is just more graph.
	RetryUnless.Continue(func(_ context.Context, ended sdk.Result[string], attempt int) (sdk.Ref[string], error) {
		if !ended.Failed() {
			return sdk.Val(ended.Value), nil
		}
		return RetryByHand.Call(attempt + 1).After(sdk.Sleep(time.Millisecond)), nil
	}),
}
