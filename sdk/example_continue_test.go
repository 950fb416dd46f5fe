package sdk_test

import (
	"context"
	"fmt"

	"github.com/pgweir/weir/sdk"
)

var (
	Refill = sdk.Method[Counter, int, int]{Actor: "Counter", Name: "refill"}

	Produce = sdk.Step[int, int]{Name: "produce"}
)

// refill goes on as a workflow that produces, and then calls the actor again.
func refill(c *Counter, _ context.Context, n int) (sdk.Ref[int], error) {
	c.N = 0
	return Incr.Bind(Counters.At("stock"), Produce.Call(n)), nil
}

func produce(_ context.Context, n int) (int, error) { return n, nil }

// A method may return a graph, whose value is the call's result.
func ExampleMethod_Continue() {
	ctx := context.Background()
	client, _, stop := start(Counters.Do(NewCounter), Incr.Do((*Counter).Incr), Refill.Continue(refill), Produce.Do(produce))
	defer stop()

	stock, err := Counters.GetOrCreate(ctx, client, "stock", 3)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(Refill.Run(ctx, stock, 10))
	// Output: 10 <nil>
}
