package sdk_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pgweir/weir/sdk"
)

var (
	Upper = sdk.Step[string, string]{Name: "upper"}
	Join  = sdk.Step[[]string, string]{Name: "join"}
	Lucky = sdk.Step[int, int]{Name: "lucky"}
	Tell  = sdk.Step[sdk.Result[int], string]{Name: "tell"}
)

func upper(_ context.Context, s string) (string, error) { return strings.ToUpper(s), nil }

func join(_ context.Context, all []string) (string, error) { return strings.Join(all, "-"), nil }

// Steps that don't need each other run at the same time. The order of the values
// is that of the refs.
func ExampleAll() {
	ctx := context.Background()
	client, _, stop := start(Upper.Do(upper), Join.Do(join))
	defer stop()

	letters := sdk.All(Upper.Call("a"), Upper.Call("b"), sdk.Val("c"))
	fmt.Println(sdk.Run(ctx, client, Join.Bind(letters), sdk.StartOpts{}))
	// Output: A-B-c <nil>
}

// A failure that is caught is a value like any other.
func ExampleTry() {
	ctx := context.Background()
	client, _, stop := start(
		Lucky.Do(func(_ context.Context, n int) (int, error) {
			if n == 13 {
				return 0, sdk.Permanent(errors.New("not with me"))
			}
			return n, nil
		}),
		Tell.Do(func(_ context.Context, outcome sdk.Result[int]) (string, error) {
			n, err := outcome.Get()
			return fmt.Sprint(n, " ", err), nil
		}),
	)
	defer stop()

	fmt.Println(sdk.Run(ctx, client, Tell.Bind(sdk.Try(Lucky.Call(7))), sdk.StartOpts{}))
	fmt.Println(sdk.Run(ctx, client, Tell.Bind(sdk.Try(Lucky.Call(13))), sdk.StartOpts{}))
	// Output:
	// 7 <nil> <nil>
	// 0 step "lucky" failed after 1 attempt: not with me <nil>
}

// An order without data: b starts when a has succeeded, and doesn't get its value.
func ExampleRef_After() {
	ctx := context.Background()
	client, pool, stop := start(Upper.Do(upper))
	defer stop()

	a := Upper.Call("a").With(sdk.NodeOpts{Name: "first"})
	b := Upper.Call("b").With(sdk.NodeOpts{Name: "second", Metadata: map[string]any{"owner": "ann"}}).After(a)
	fmt.Println(sdk.Run(ctx, client, b, sdk.StartOpts{ID: "ordered"}))

	var inOrder bool
	err := pool.QueryRow(ctx, `
		select f.finished_at <= s.started_at
		from weir.steps as f
		join weir.steps as s using (workflow_id)
		where f.name = 'first' and s.name = 'second' and s.metadata ->> 'owner' = 'ann'`).Scan(&inOrder)
	fmt.Println(inOrder, err)
	// Output:
	// B <nil>
	// true <nil>
}

// A reminder some time after the booking. While it sleeps it holds no worker.
func ExampleSleep() {
	ctx := context.Background()
	client, _, stop := start(Upper.Do(upper))
	defer stop()

	booked := Upper.Call("booked")
	later := sdk.Sleep(20*time.Millisecond, booked)
	reminder := Upper.Call("remember").After(later)
	fmt.Println(sdk.Run(ctx, client, reminder, sdk.StartOpts{}))
	// Output: REMEMBER <nil>
}

// A time that has passed wakes at once. The value is the time of waking up.
func ExampleSleepUntil() {
	ctx := context.Background()
	client, _, stop := start(Upper.Do(upper))
	defer stop()

	woke, err := sdk.Run(ctx, client, sdk.SleepUntil(time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)), sdk.StartOpts{})
	fmt.Println(woke.UTC(), err)
	// Output: 2001-01-01 00:00:00 +0000 UTC <nil>
}

// All mistakes of binding are reported by the start, and nothing is stored.
func ExampleInputError() {
	ctx := context.Background()
	client, _, stop := start(Upper.Do(upper))
	defer stop()

	var empty sdk.Ref[string]
	one := Upper.Bind(empty).With(sdk.NodeOpts{Name: "same"})
	two := Upper.Call("\xff").With(sdk.NodeOpts{Name: "same"})
	_, err := sdk.Start(ctx, client, Join.Bind(sdk.All(one, two)), sdk.StartOpts{})
	fmt.Println(errors.Is(err, sdk.ErrInput))
	fmt.Println(err)
	// Output:
	// true
	// steps[0].args[0]: of "same": is an empty Ref
	// steps[1].args[0]: of "same": has text that is not valid UTF-8
	// steps[1].name: "same" is already the name of steps[0]
}
