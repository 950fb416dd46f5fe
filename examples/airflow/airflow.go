// Package airflow is Airflow's tutorial: extract orders, transform them to their
// total, load that.
package airflow

import (
	"context"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgweir/weir/sdk"
)

// Orders are the values of orders by their ids.
type Orders map[string]float64

var (
	Extract   = sdk.Step[struct{}, Orders]{Name: "extract"}
	Transform = sdk.Step[Orders, float64]{Name: "transform"}
	Load      = sdk.Step[float64, string]{Name: "load"}
)

var Handlers = []sdk.Handler{
	Extract.Do(func(context.Context, struct{}) (Orders, error) {
		return Orders{"1001": 301.27, "1002": 433.21, "1003": 502.22}, nil
	}),
	Transform.Do(func(_ context.Context, orders Orders) (total float64, _ error) {
		for _, value := range orders {
			total += value
		}
		return total, nil
	}),
	Load.Do(func(_ context.Context, total float64) (string, error) {
		return fmt.Sprintf("Total order value is: %.2f", total), nil
	}),
}

// Run prints the total.
func Run(ctx context.Context, client *sdk.Client, _ *pgxpool.Pool, out io.Writer) error {
	loaded, err := sdk.Run(ctx, client, Load.Bind(Transform.Bind(Extract.Call(struct{}{}))), sdk.StartOpts{ID: "airflow-1"})
	if err != nil {
		return err
	}
	fmt.Fprintln(out, loaded)
	return nil
}
