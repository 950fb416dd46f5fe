package sdk_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgweir/weir/sdk"
)

var (
	Factorial = sdk.Step[int, int]{Name: "factorial"}
	Times     = sdk.Step2[int, int, int]{Name: "times"}
	Charge    = sdk.Step[int, string]{Name: "charge"}
	Fetch     = sdk.Step[string, string]{Name: "fetch"}
)

func times(_ context.Context, a, b int) (int, error) { return a * b, nil }

// A step of values, and one of what another step will return.
func ExampleStep2() {
	ctx := context.Background()
	client, _, stop := start(Times.Do(times))
	defer stop()

	six := Times.Call(2, 3)
	fmt.Println(sdk.Run(ctx, client, Times.Bind(six, sdk.Val(7)), sdk.StartOpts{}))
	// Output: 42 <nil>
}

// A step that returns more graph: how workflows recur, loop and decide.
func ExampleStep_Continue() {
	ctx := context.Background()
	client, _, stop := start(
		Times.Do(times),
		Factorial.Continue(func(_ context.Context, n int) (sdk.Ref[int], error) {
			if n <= 1 {
				return sdk.Val(1), nil
			}
			return Times.Bind(sdk.Val(n), Factorial.Call(n-1)), nil
		}),
	)
	defer stop()

	fmt.Println(sdk.Run(ctx, client, Factorial.Call(10), sdk.StartOpts{}))
	// Output: 3628800 <nil>
}

// A step whose own writes and whose checkpoint commit together.
func ExampleStep_DoTx() {
	ctx := context.Background()
	client, pool, stop := start(
		Charge.DoTx(func(ctx context.Context, tx pgx.Tx, amount int) (receipt string, err error) {
			err = tx.QueryRow(ctx,
				`insert into receipt (amount) values ($1) returning 'receipt ' || id`, amount).Scan(&receipt)
			return receipt, err
		}),
	)
	defer stop()
	if _, err := pool.Exec(ctx, `create table receipt (id serial, amount integer)`); err != nil {
		fmt.Println(err)
	}

	fmt.Println(sdk.Run(ctx, client, Charge.Call(30), sdk.StartOpts{}))
	// Output: receipt 1 <nil>
}

// A step with an effect outside of the database, made once however often the step
// is tried: the key is the same each time.
func ExampleInfo() {
	ctx := context.Background()
	paid := make(map[string]int) // by the payment service, for each key
	client, _, stop := start(
		Charge.Do(func(ctx context.Context, amount int) (string, error) {
			step, _ := sdk.Info(ctx)
			paid[step.IdempotencyKey] = amount
			if step.Attempt == 1 {
				return "", errors.New("the answer was lost")
			}
			return fmt.Sprintf("%s of %s, attempt %d", step.Step, step.WorkflowID, step.Attempt), nil
		}),
	)
	defer stop()

	retry := sdk.NodeOpts{Retry: sdk.Retry{NoDelay: true}}
	fmt.Println(sdk.Run(ctx, client, Charge.Call(30).With(retry), sdk.StartOpts{ID: "order1"}))
	fmt.Println(len(paid), "payment")
	// Output:
	// charge of order1, attempt 2 <nil>
	// 1 payment
}

// Four retries at most, and none of an error that no retry cures.
func ExampleRetry() {
	ctx := context.Background()
	attempts := make(map[string]int)
	client, _, stop := start(
		Fetch.Do(func(_ context.Context, url string) (string, error) {
			attempts[url]++
			if url == "http://gone" {
				return "", sdk.Permanent(errors.New("410 Gone"))
			}
			return "", errors.New("503 Service Unavailable")
		}),
	)
	defer stop()

	patient := sdk.NodeOpts{Retry: sdk.Retry{Max: 4, Backoff: time.Millisecond}}
	for _, url := range []string{"http://busy", "http://gone"} {
		_, err := sdk.Run(ctx, client, Fetch.Call(url).With(patient), sdk.StartOpts{ID: url})
		fmt.Println(err)
	}
	fmt.Println(attempts)
	// Output:
	// workflow "http://busy": step "fetch" failed after 5 attempts: 503 Service Unavailable
	// workflow "http://gone": step "fetch" failed after 1 attempt: 410 Gone
	// map[http://busy:5 http://gone:1]
}

// An attempt that takes too long has failed.
func ExampleNodeOpts_timeout() {
	ctx := context.Background()
	client, _, stop := start(
		Fetch.Do(func(ctx context.Context, _ string) (string, error) {
			<-ctx.Done()
			return "", context.Cause(ctx)
		}),
	)
	defer stop()

	quick := Fetch.Call("http://slow").With(sdk.NodeOpts{
		Timeout: 10 * time.Millisecond,
		Retry:   sdk.Retry{Max: sdk.Never},
	})
	_, err := sdk.Run(ctx, client, quick, sdk.StartOpts{})
	fmt.Println(errors.Is(err, sdk.ErrTimeout))
	// Output: true
}
