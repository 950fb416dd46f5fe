// Package metaflow is Metaflow's foreach: a step for each title, joined line by
// line.
package metaflow

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgweir/weir/sdk"
)

var (
	Titles  = sdk.Step[[]string, string]{Name: "start"}
	Process = sdk.Step[string, string]{Name: "process"}
	Join    = sdk.Step[[]string, string]{Name: "join"}
)

var Handlers = []sdk.Handler{
	Titles.Continue(func(_ context.Context, titles []string) (sdk.Ref[string], error) {
		processed := make([]sdk.Ref[string], len(titles))
		for i, title := range titles {
			processed[i] = Process.Call(title)
		}
		return Join.Bind(sdk.All(processed...)), nil
	}),
	Process.Do(func(_ context.Context, title string) (string, error) { return title + " processed", nil }),
	Join.Do(func(_ context.Context, lines []string) (string, error) { return strings.Join(lines, "\n"), nil }),
}

// Run prints a line for each title.
func Run(ctx context.Context, client *sdk.Client, _ *pgxpool.Pool, out io.Writer) error {
	titles := []string{"Stranger Things", "House of Cards", "Narcos"}
	joined, err := sdk.Run(ctx, client, Titles.Call(titles), sdk.StartOpts{ID: "metaflow-1"})
	if err != nil {
		return err
	}
	fmt.Fprintln(out, joined)
	return nil
}
