// Package argo has the examples of Argo Workflows: steps one after the other, a
// graph, a loop, a conditional, recursion, an exit handler, and retries.
package argo

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgweir/weir/sdk"
)

var Handlers = slices.Concat(sayHandlers, coinHandlers, exitHandlers, retryHandlers)

// Run runs every example and prints its output.
func Run(ctx context.Context, client *sdk.Client, _ *pgxpool.Pool, out io.Writer) error {
	for _, example := range []struct {
		id   string
		root sdk.Ref[string]
	}{
		{"hello", Say.Call("hello world")},
		{"steps", steps()},
		{"dag", dag()},
		{"loop", loop("hello world", "goodbye world")},
		{"conditional", Decide.Call(Tails)},
		{"recursion", UntilHeads.Call(Tails)},
		{"exit", exit()},
		{"retry", Flaky.Call("with a retry policy")},
		{"retry-by-hand", RetryByHand.Call(1)},
	} {
		said, err := sdk.Run(ctx, client, example.root, sdk.StartOpts{ID: "argo-" + example.id})
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s: %s\n", example.id, said)
	}
	return nil
}
