package sdk_test

import (
	"context"
	"fmt"

	"github.com/pgweir/weir/sdk"
)

// A graph that workflows are started from by its name.
func ExampleDefine() {
	ctx := context.Background()
	shout := sdk.Define("shout", func(words []string) sdk.Ref[[]string] {
		var all []sdk.Ref[string]
		for _, word := range words {
			all = append(all, Upper.Call(word))
		}
		return sdk.All(all...)
	})
	client, _, stop := start(shout.Handler(), Upper.Do(upper))
	defer stop()

	fmt.Println(shout.Run(ctx, client, []string{"land", "ho"}, sdk.StartOpts{}))
	// Output: [LAND HO] <nil>
}

// The program that starts it knows its name and types, and none of its code.
func ExampleDefinition() {
	ctx := context.Background()
	factorial := sdk.Definition[int, int]{Name: "factorial"}
	build := func(n int) sdk.Ref[int] {
		if n <= 1 {
			return sdk.Val(1)
		}
		return Times.Bind(sdk.Val(n), factorial.Call(n-1))
	}
	client, _, stop := start(factorial.Build(build), Times.Do(times))
	defer stop()

	handle, err := factorial.Start(ctx, client, 5, sdk.StartOpts{ID: "fact5"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(handle.Wait(ctx))
	// Output: 120 <nil>
}

// Go and SQL start the same workflows by name; here the second finds the first.
func ExampleClient_StartNamed() {
	ctx := context.Background()
	client, pool, stop := start(sdk.Define("shout", Upper.Call).Handler(), Upper.Do(upper))
	defer stop()

	var id string
	err := pool.QueryRow(ctx, `select weir.start('shout', '"ahoy"', 'shout-1')`).Scan(&id)
	fmt.Println(id, err)

	handle, err := client.StartNamed(ctx, "shout", "ahoy", sdk.StartOpts{ID: id})
	fmt.Println(handle.Created(), handle.SameGraph(), err)
	output, err := handle.Wait(ctx)
	fmt.Println(string(output), err)
	// Output:
	// shout-1 <nil>
	// false true <nil>
	// "AHOY" <nil>
}
