// Package fanout counts the primes below a number. How many steps that takes is
// decided while it runs: one step returns the graph of the others.
package fanout

import (
	"context"
	"fmt"
	"io"
	"math/big"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgweir/weir/sdk"
)

// Range is the numbers from From up to and without To.
type Range struct{ From, To int }

var (
	CountBelow = sdk.Step[int, int]{Name: "count_below"}
	CountRange = sdk.Step[Range, int]{Name: "count_range"}
	Sum        = sdk.Step[[]int, int]{Name: "sum"}
)

var Handlers = []sdk.Handler{
	CountBelow.Continue(countBelow),
	CountRange.Do(countRange),
	Sum.Do(sum),
}

func countBelow(_ context.Context, limit int) (sdk.Ref[int], error) {
	const width = 500
	var counts []sdk.Ref[int]
	for from := 0; from < limit; from += width {
		counts = append(counts, CountRange.Call(Range{from, min(from+width, limit)}))
	}
	return Sum.Bind(sdk.All(counts...)), nil
}

func countRange(ctx context.Context, r Range) (count int, err error) {
	for n := r.From; n < r.To && ctx.Err() == nil; n++ {
		if big.NewInt(int64(n)).ProbablyPrime(0) { // exact below 2^64
			count++
		}
	}
	return count, context.Cause(ctx)
}

func sum(_ context.Context, counts []int) (total int, err error) {
	for _, count := range counts {
		total += count
	}
	return total, nil
}

// Run counts the primes below 10,000.
func Run(ctx context.Context, client *sdk.Client, _ *pgxpool.Pool, out io.Writer) error {
	const limit = 10_000
	primes, err := sdk.Run(ctx, client, CountBelow.Call(limit), sdk.StartOpts{ID: "primes-1"})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d primes below %d\n", primes, limit)
	return nil
}
