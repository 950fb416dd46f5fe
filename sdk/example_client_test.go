package sdk_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pgweir/weir/sdk"
)

// A workflow that failed goes on where it failed, once the cause is gone: what
// succeeded before doesn't run again.
func ExampleClient_Resume() {
	ctx := context.Background()
	outage := true
	uppers := 0
	client, _, stop := start(
		Upper.Do(func(ctx context.Context, s string) (string, error) {
			uppers++
			return upper(ctx, s)
		}),
		Fetch.Do(func(_ context.Context, url string) (string, error) {
			if outage {
				return "", sdk.Permanent(errors.New("no route to host"))
			}
			return "contents of " + url, nil
		}),
	)
	defer stop()

	handle, err := sdk.Start(ctx, client, Fetch.Bind(Upper.Call("weir")), sdk.StartOpts{ID: "page1"})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = handle.Wait(ctx)
	var failed *sdk.StepError
	fmt.Println(errors.As(err, &failed), failed.Step, failed.Message)

	outage = false
	fmt.Println(client.Resume(ctx, "page1"))
	fmt.Println(handle.Wait(ctx))
	fmt.Println("upper ran", uppers, "time")
	// Output:
	// true fetch no route to host
	// RUNNING <nil>
	// contents of WEIR <nil>
	// upper ran 1 time
}

// When Cancel returns, no further step of the workflow starts.
func ExampleClient_Cancel() {
	ctx := context.Background()
	client, _, stop := start(Upper.Do(upper))
	defer stop()

	nextYear := sdk.Sleep(365 * 24 * time.Hour)
	handle, err := sdk.Start(ctx, client, Upper.Call("too late").After(nextYear), sdk.StartOpts{ID: "reminder1"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(client.Cancel(ctx, "reminder1", "the customer asked"))
	_, err = handle.Wait(ctx)
	fmt.Println(errors.Is(err, sdk.ErrCanceled))
	fmt.Println(handle.Status(ctx))
	// Output:
	// <nil>
	// true
	// CANCELED <nil>
}

// Only a finished workflow can be deleted. Its id is free then.
func ExampleClient_Delete() {
	ctx := context.Background()
	client, _, stop := start(Upper.Do(upper))
	defer stop()

	if _, err := sdk.Start(ctx, client, sdk.Sleep(time.Hour), sdk.StartOpts{ID: "nap"}); err != nil {
		fmt.Println(err)
	}
	fmt.Println(errors.Is(client.Delete(ctx, "nap"), sdk.ErrActive))
	fmt.Println(client.Cancel(ctx, "nap", ""), client.Delete(ctx, "nap"))
	_, err := client.Status(ctx, "nap")
	fmt.Println(errors.Is(err, sdk.ErrNotFound))
	// Output:
	// true
	// <nil> <nil>
	// true
}

// A client without handlers starts, watches and steers what others run. Here it
// waits for a workflow that another client started.
func ExampleAttach() {
	ctx := context.Background()
	worker, pool, stop := start(Upper.Do(upper))
	defer stop()
	if _, err := sdk.Start(ctx, worker, Upper.Call("from afar"), sdk.StartOpts{ID: "letter1"}); err != nil {
		fmt.Println(err)
	}

	watcher, err := sdk.New(sdk.Config{Pool: pool})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = watcher.Stop(ctx) }() // ends the waiting
	fmt.Println(sdk.Attach[string](watcher, "letter1").Wait(ctx))
	// Output: FROM AFAR <nil>
}

// A worker that says what it has to be able to run is refused when a handler was
// forgotten.
func ExampleConfig() {
	_, err := sdk.New(sdk.Config{
		Handlers: []sdk.Handler{Upper.Do(upper), Upper.Do(upper), Times.Do(nil)},
		Require:  []sdk.Declaration{Upper, Join},
	})
	fmt.Println(err)
	// Output:
	// handlers[1]: "upper" is implemented by handlers[0], too
	// handlers[2]: "times": the function is nil
	// require[1]: "join" has no handler
}
