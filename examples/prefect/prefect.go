// Package prefect is Prefect's loop: the largest Fibonacci number below a limit, each
// iteration a step.
package prefect

import (
	"context"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgweir/weir/sdk"
)

// Pair is two neighbours of the series, and what they stay below.
type Pair struct{ A, B, Limit int }

var Fibonacci = sdk.Step[Pair, int]{Name: "fibonacci"}

var Handlers = []sdk.Handler{
	Fibonacci.Continue(func(_ context.Context, p Pair) (sdk.Ref[int], error) {
		if p.B > p.Limit {
			return sdk.Val(p.A), nil
		}
		return Fibonacci.Call(Pair{p.B, p.A + p.B, p.Limit}), nil
	}),
}

// Run prints the largest one up to 100.
func Run(ctx context.Context, client *sdk.Client, _ *pgxpool.Pool, out io.Writer) error {
	largest, err := sdk.Run(ctx, client, Fibonacci.Call(Pair{1, 1, 100}), sdk.StartOpts{ID: "prefect-1"})
	if err != nil {
		return err
	}
	fmt.Fprintln(out, largest)
	return nil
}
