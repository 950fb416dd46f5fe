package sdk_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/pgweir/weir/sdk"
)

// A list fetches page after page as it is read, the newest first.
func ExampleClient_List() {
	ctx := context.Background()
	client, _, stop := start(Upper.Do(upper))
	defer stop()
	for i, customer := range []string{"ann", "bob", "ann"} {
		opts := sdk.StartOpts{ID: fmt.Sprint("order-", i), Metadata: map[string]any{"customer": customer}}
		if _, err := sdk.Run(ctx, client, Upper.Call(customer), opts); err != nil {
			fmt.Println(err)
		}
	}

	orders := client.List(ctx, sdk.ListOpts{
		Status:   []sdk.Status{sdk.StatusSuccessful},
		Metadata: map[string]any{"customer": "ann"},
		IDPrefix: "order-",
	})
	for order, err := range orders {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(order.ID, order.Status)
	}
	// Output:
	// order-2 SUCCESSFUL
	// order-0 SUCCESSFUL
}

// Each step has an output of its own, under its name.
func ExampleStepOutput() {
	ctx := context.Background()
	client, _, stop := start(Upper.Do(upper), Join.Do(join))
	defer stop()
	both := sdk.All(Upper.Call("a"), Upper.Call("b").With(sdk.NodeOpts{Name: "second"}))
	if _, err := sdk.Start(ctx, client, Join.Bind(both), sdk.StartOpts{ID: "w"}); err != nil {
		fmt.Println(err)
	}

	fmt.Println(sdk.StepOutput[string](ctx, client, "w", "second"))
	fmt.Println(sdk.Output[string](ctx, client, "w"))
	_, err := sdk.StepOutput[string](ctx, client, "w", "third")
	fmt.Println(errors.Is(err, sdk.ErrStepNotFound))
	// Output:
	// B <nil>
	// A-B <nil>
	// true
}

func ExampleClient_StepMetadata() {
	ctx := context.Background()
	client, _, stop := start(Upper.Do(upper), Join.Do(join))
	defer stop()
	both := sdk.All(Upper.Call("a"), Upper.Call("b").With(sdk.NodeOpts{Metadata: map[string]any{"of": "bob"}}))
	if _, err := sdk.Run(ctx, client, Join.Bind(both), sdk.StartOpts{ID: "w"}); err != nil {
		fmt.Println(err)
	}

	first, err := client.StepMetadata(ctx, "w", "upper_1")
	fmt.Println(first.Name, string(first.UserMetadata), first.Stats.EndTime.IsZero(), err)
	second, err := client.StepMetadata(ctx, "w", "join")
	fmt.Println(second.Workflows, second.StepOptions.MaxRetries, err)
	// Output:
	// upper {"of": "bob"} false <nil>
	// [upper upper_1] 3 <nil>
}
