package sdk_test

import (
	"context"
	"fmt"

	"github.com/pgweir/weir/sdk"
)

// Counter is the state of an actor: stored as JSON, run by nobody while it is idle.
type Counter struct{ N int }

func NewCounter(_ context.Context, n int) (*Counter, error) { return &Counter{N: n}, nil }

// Incr changes the state: it has a pointer.
func (c *Counter) Incr(_ context.Context, by int) (int, error) {
	c.N += by
	return c.N, nil
}

// Get reads it: it has a copy.
func (c Counter) Get(context.Context, struct{}) (int, error) { return c.N, nil }

var (
	Counters = sdk.Actor[Counter, int]{Type: "Counter"}
	Incr     = sdk.Method[Counter, int, int]{Actor: "Counter", Name: "incr"}
	Get      = sdk.Query[Counter, struct{}, int]{Actor: "Counter", Name: "get"}
)

// A durable object: its calls run one after the other, whoever makes them.
func ExampleActor() {
	ctx := context.Background()
	client, _, stop := start(Counters.Do(NewCounter), Incr.Do((*Counter).Incr), Get.Do(Counter.Get))
	defer stop()

	c, err := Counters.GetOrCreate(ctx, client, "visits", 40)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(Incr.Run(ctx, c, 1))
	later, err := Incr.Start(ctx, c, 1) // it is durable now, and has its place
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(later.Wait(ctx))
	fmt.Println(Get.Run(ctx, c, struct{}{}))
	// Output:
	// 41 <nil>
	// 42 <nil>
	// 42 <nil>
}
