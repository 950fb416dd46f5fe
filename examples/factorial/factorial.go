// Package factorial is a workflow that calls itself. Each call is recorded, so
// after a crash it goes on at the last one.
package factorial

import (
	"context"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgweir/weir/sdk"
)

var (
	Factorial = sdk.Step[int, int]{Name: "factorial"}
	Times     = sdk.Step2[int, int, int]{Name: "times"}
)

var Handlers = []sdk.Handler{
	Factorial.Continue(factorial),
	Times.Do(times),
}

func factorial(_ context.Context, n int) (sdk.Ref[int], error) {
	if n <= 1 {
		return sdk.Val(1), nil
	}
	return Times.Bind(sdk.Val(n), Factorial.Call(n-1)), nil
}

func times(_ context.Context, a, b int) (int, error) { return a * b, nil }

// Run computes the largest factorial that an int holds.
func Run(ctx context.Context, client *sdk.Client, _ *pgxpool.Pool, out io.Writer) error {
	product, err := sdk.Run(ctx, client, Factorial.Call(20), sdk.StartOpts{ID: "factorial-20"})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "20! = %d\n", product)
	return nil
}
