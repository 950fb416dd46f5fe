// Package counter counts: Ray's example of a virtual actor. The counter is a row in
// the database, which any process may call; the process with the handlers runs the
// calls, one after the other.
package counter

import (
	"context"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgweir/weir/sdk"
)

// Counter is the state, stored as JSON after each call that changes it.
type Counter struct{ X int }

func newCounter(_ context.Context, x int) (*Counter, error) { return &Counter{X: x}, nil }

func (c *Counter) incr(context.Context, struct{}) (int, error) {
	c.X++
	return c.X, nil
}

// get has a copy: it can't change the counter.
func (c Counter) get(context.Context, struct{}) (int, error) { return c.X, nil }

var (
	Counters = sdk.Actor[Counter, int]{Type: "Counter"}
	Incr     = sdk.Method[Counter, struct{}, int]{Actor: "Counter", Name: "incr"}
	Get      = sdk.Query[Counter, struct{}, int]{Actor: "Counter", Name: "get"}
)

var Handlers = []sdk.Handler{
	Counters.Do(newCounter),
	Incr.Do((*Counter).incr),
	Get.Do(Counter.get),
}

// Run counts from 1 to 5. At the end it deletes the counter: else a second run would
// count on.
func Run(ctx context.Context, client *sdk.Client, _ *pgxpool.Pool, out io.Writer) error {
	counter, err := Counters.GetOrCreate(ctx, client, "Counter", 1)
	if err != nil {
		return err
	}
	n, err := Incr.Run(ctx, counter, struct{}{})
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "after a call:", n)

	// The order of these is fixed when Start returns; results may be fetched in any.
	var calls [3]sdk.CallHandle[int]
	for i := range calls {
		if calls[i], err = Incr.Start(ctx, counter, struct{}{}); err != nil {
			return err
		}
	}
	for i := len(calls) - 1; i >= 0; i-- {
		if n, err = calls[i].Wait(ctx); err != nil {
			return err
		}
		fmt.Fprintf(out, "call %d of 3: %d\n", i+1, n)
	}

	again, err := Counters.GetOrCreate(ctx, client, "Counter", 100) // which is there: 100 is ignored
	if err != nil {
		return err
	}
	if n, err = Get.Run(ctx, again, struct{}{}); err != nil {
		return err
	}
	fmt.Fprintln(out, "it stands at:", n)
	return Counters.Delete(ctx, client, "Counter")
}
