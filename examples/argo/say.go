package argo

import (
	"context"
	"strings"

	"github.com/pgweir/weir/sdk"
)

var (
	Say  = sdk.Step[string, string]{Name: "say"}
	Join = sdk.Step[[]string, string]{Name: "join"}
)

var sayHandlers = []sdk.Handler{
	Say.Do(func(_ context.Context, message string) (string, error) { return message, nil }),
	Join.Do(func(_ context.Context, messages []string) (string, error) { return strings.Join(messages, ", "), nil }),
}

// steps says one message, then two at once.
func steps() sdk.Ref[string] {
	first := Say.Call("hello1")
	return Join.Bind(sdk.All(
		first,
		Say.Call("hello2a").After(first),
		Say.Call("hello2b").After(first),
	))
}

// dag is A, then B and C, then D, each by its name.
func dag() sdk.Ref[string] {
	named := func(name string) sdk.Ref[string] { return Say.Call(name).With(sdk.NodeOpts{Name: name}) }
	a := named("A")
	b, c := named("B").After(a), named("C").After(a)
	d := named("D").After(b, c)
	return Join.Bind(sdk.All(a, b, c, d))
}

// loop says each message, and is done when all are said.
func loop(messages ...string) sdk.Ref[string] {
	said := make([]sdk.Ref[string], len(messages))
	for i, message := range messages {
		said[i] = Say.Call(message)
	}
	return Join.Bind(sdk.All(said...))
}
