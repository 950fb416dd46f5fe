package sdk_test

import (
	"context"
	"fmt"
	"time"

	"github.com/pgweir/weir/sdk"
)

// The first of two is used at once, the other one when it comes.
func ExampleWaitSome() {
	ctx := context.Background()
	use := sdk.Step[sdk.Split[string], string]{Name: "use"}
	client, _, stop := start(Upper.Do(upper), Join.Do(join),
		use.Continue(func(_ context.Context, answers sdk.Split[string]) (sdk.Ref[string], error) {
			first := Upper.Call(answers.Ready[0])
			return Join.Bind(sdk.All(first, answers.Remaining[0])), nil
		}))
	defer stop()

	answers := []sdk.Ref[string]{
		sdk.Event[string]("ann", sdk.EventOpts{}),
		sdk.Event[string]("bob", sdk.EventOpts{}),
	}
	split := sdk.WaitSome(answers, 1, time.Hour)
	handle, err := sdk.Start(ctx, client, use.Bind(split), sdk.StartOpts{ID: "w"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, who := range []string{"bob", "ann"} {
		if _, err := client.SendEvent(ctx, "w", who, who+" is here", sdk.SendEventOpts{}); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println(handle.Wait(ctx))
	// Output: BOB IS HERE-ann is here <nil>
}

// What is joined by name arrives as a map.
func ExampleAllMap() {
	ctx := context.Background()
	greet := sdk.Step[map[string]string, string]{Name: "greet"}
	client, _, stop := start(Upper.Do(upper), greet.Do(func(_ context.Context, parts map[string]string) (string, error) {
		return parts["greeting"] + ", " + parts["name"], nil
	}))
	defer stop()

	parts := sdk.AllMap(map[string]sdk.Ref[string]{
		"greeting": sdk.Val("hello"),
		"name":     Upper.Call("ann"),
	})
	fmt.Println(sdk.Run(ctx, client, greet.Bind(parts), sdk.StartOpts{}))
	// Output: hello, ANN <nil>
}
