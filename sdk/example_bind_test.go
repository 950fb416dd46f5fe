package sdk_test

import (
	"context"
	"fmt"

	"github.com/pgweir/weir/sdk"
)

// A call of an actor is a step like any other: it waits without a worker, and the
// next one takes its result.
func ExampleMethod_Bind() {
	ctx := context.Background()
	client, _, stop := start(Counters.Do(NewCounter), Incr.Do((*Counter).Incr))
	defer stop()

	for id, n := range map[string]int{"visits": 40, "visitors": 0} {
		if _, err := Counters.GetOrCreate(ctx, client, id, n); err != nil {
			fmt.Println(err)
			return
		}
	}
	first := Incr.Call(Counters.At("visits"), 2)
	second := Incr.Bind(Counters.At("visitors"), first)
	total, err := sdk.Run(ctx, client, second, sdk.StartOpts{ID: "count-2"})
	fmt.Println(total, err)
	// Output: 42 <nil>
}
