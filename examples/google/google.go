// Package google has three of Google Cloud Workflows' samples: joining an array by
// recursion, a switch on a number, and a value that is passed on.
package google

import (
	"context"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgweir/weir/sdk"
)

var (
	Concat  = sdk.Step2[[]string, string, string]{Name: "concat"}
	Size    = sdk.Step[int, string]{Name: "size"}
	Branch  = sdk.Step[string, string]{Name: "branch"}
	GetName = sdk.Step[struct{}, string]{Name: "get_name"}
	Greet   = sdk.Step[string, string]{Name: "greet"}
)

var Handlers = []sdk.Handler{
	Concat.Continue(func(_ context.Context, words []string, joined string) (sdk.Ref[string], error) {
		if len(words) == 0 {
			return sdk.Val(joined), nil
		}
		return Concat.Call(words[1:], joined+words[0]), nil
	}),
	Size.Continue(func(_ context.Context, n int) (sdk.Ref[string], error) {
		switch {
		case n < 10:
			return Branch.Call("small"), nil
		case n < 100:
			return Branch.Call("medium"), nil
		}
		return Branch.Call("large"), nil
	}),
	Branch.Do(func(_ context.Context, name string) (string, error) { return "the " + name + " branch", nil }),
	GetName.Do(func(context.Context, struct{}) (string, error) { return "Kristof", nil }),
	Greet.Do(func(_ context.Context, name string) (string, error) { return "hello, " + name, nil }),
}

// Run prints what each of the three returns.
func Run(ctx context.Context, client *sdk.Client, _ *pgxpool.Pool, out io.Writer) error {
	for id, root := range []sdk.Ref[string]{
		Concat.Call([]string{"foo", "ba", "r"}, ""),
		Size.Call(42),
		Greet.Bind(GetName.Call(struct{}{})),
	} {
		said, err := sdk.Run(ctx, client, root, sdk.StartOpts{ID: fmt.Sprint("google-", id)})
		if err != nil {
			return err
		}
		fmt.Fprintln(out, said)
	}
	return nil
}
