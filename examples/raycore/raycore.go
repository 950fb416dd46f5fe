// Package raycore shows what sets a step apart from a remote call: binding runs
// nothing, the graph is stored before it runs, and its output is there for anybody.
package raycore

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgweir/weir/sdk"
)

var Double = sdk.Step[int, int]{Name: "double"}

var Handlers = []sdk.Handler{
	Double.Do(func(_ context.Context, n int) (int, error) { return 2 * n, nil }),
}

// Run binds, starts, and reads the output as another program would.
func Run(ctx context.Context, client *sdk.Client, _ *pgxpool.Pool, out io.Writer) error {
	lazy := Double.Bind(Double.Call(10)) // a value: no call is under way
	_, err := client.Status(ctx, "raycore-1")
	fmt.Fprintln(out, "bound, nothing is stored:", errors.Is(err, sdk.ErrNotFound))

	if _, err := sdk.Start(ctx, client, lazy, sdk.StartOpts{ID: "raycore-1"}); err != nil {
		return err
	}
	doubled, err := sdk.Attach[int](client, "raycore-1").Wait(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "started by one, read by another:", doubled)
	return nil
}
