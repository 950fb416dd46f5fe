package argo

import (
	"context"
	"math/rand/v2"

	"github.com/pgweir/weir/sdk"
)

// Face is how a coin fell.
type Face string

const (
	Heads Face = "heads"
	Tails Face = "tails"
)

var (
	Flip       = sdk.Step[struct{}, Face]{Name: "flip_coin"}
	Decide     = sdk.Step[Face, string]{Name: "decide"}
	UntilHeads = sdk.Step[Face, string]{Name: "until_heads"}
)

var coinHandlers = []sdk.Handler{
	Flip.Do(func(context.Context, struct{}) (Face, error) {
		return []Face{Heads, Tails}[rand.IntN(2)], nil
	}),
	Decide.Continue(func(_ context.Context, face Face) (sdk.Ref[string], error) {
		if face == Heads {
			return Say.Call("it was heads").With(sdk.NodeOpts{Name: "heads"}), nil
		}
		return Say.Call("it was tails").With(sdk.NodeOpts{Name: "tails"}), nil
	}),
	// How a coin fell is random, and recorded: none is thrown twice.
	UntilHeads.Continue(func(_ context.Context, face Face) (sdk.Ref[string], error) {
		if face == Heads {
			return sdk.Val("it was heads in the end"), nil
		}
		return UntilHeads.Bind(Flip.Call(struct{}{})), nil
	}),
}
