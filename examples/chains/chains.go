// Package chains makes graphs of functions by plain code: a chain of additions, and
// layers in which each way through the layers is a result. Prefixes that ways have
// in common are one step, and run once.
package chains

import (
	"context"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgweir/weir/sdk"
)

var Add = sdk.Step2[int, int, int]{Name: "add"}

var Handlers = []sdk.Handler{
	Add.Do(func(_ context.Context, n, by int) (int, error) { return n + by, nil }),
}

func plus(n sdk.Ref[int], by int) sdk.Ref[int] { return Add.Bind(n, sdk.Val(by)) }

// chain adds one after the other.
func chain(from int, by ...int) sdk.Ref[int] {
	sum := sdk.Val(from)
	for _, n := range by {
		sum = plus(sum, n)
	}
	return sum
}

// layers adds one of each layer, in every combination.
func layers(from int, layers ...[]int) sdk.Ref[[]int] {
	ends := []sdk.Ref[int]{sdk.Val(from)}
	for _, layer := range layers {
		var next []sdk.Ref[int]
		for _, end := range ends {
			for _, by := range layer {
				next = append(next, plus(end, by))
			}
		}
		ends = next
	}
	return sdk.All(ends...)
}

// Run prints the end of a chain, the ends of two layers, and how many steps made
// those.
func Run(ctx context.Context, client *sdk.Client, pool *pgxpool.Pool, out io.Writer) error {
	end, err := sdk.Run(ctx, client, chain(10, 1, 2, 3, 4), sdk.StartOpts{ID: "chain-1"})
	if err != nil {
		return err
	}
	ends, err := sdk.Run(ctx, client, layers(10, []int{1, 2}, []int{3, 4}), sdk.StartOpts{ID: "layers-1"})
	if err != nil {
		return err
	}
	var additions int
	const countSQL = `select count(*) from weir.steps where workflow_id = 'layers-1' and function = 'add'`
	if err := pool.QueryRow(ctx, countSQL).Scan(&additions); err != nil {
		return err
	}
	fmt.Fprintln(out, end, ends, additions, "additions")
	return nil
}
