// Package timers waits without holding a worker: for a time, and in a loop for
// something that somebody else does.
package timers

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgweir/weir/sdk"
)

var (
	Order  = sdk.Step[string, time.Time]{Name: "order"}
	Await  = sdk.Step[int, int]{Name: "await_parcel"}
	Report = sdk.Step3[time.Time, time.Time, int, string]{Name: "report"}
)

var Handlers = []sdk.Handler{
	Order.Do(order),
	Await.Continue(awaitParcel),
	Report.Do(report),
}

const patience = 50 * time.Millisecond

func order(context.Context, string) (time.Time, error) { return time.Now(), nil }

// awaitParcel looks, and returns either the answer or a nap and another look.
func awaitParcel(_ context.Context, looks int) (sdk.Ref[int], error) {
	if looks == 3 { // the parcel is there
		return sdk.Val(looks), nil
	}
	return Await.Call(looks + 1).After(sdk.Sleep(patience)), nil
}

func report(_ context.Context, ordered, reminded time.Time, looks int) (string, error) {
	return fmt.Sprintf("reminded in time: %t, parcel found at look %d", reminded.Sub(ordered) >= patience/2, looks), nil
}

// Run orders something, waits before it reminds, and waits for the parcel.
func Run(ctx context.Context, client *sdk.Client, _ *pgxpool.Pool, out io.Writer) error {
	ordered := Order.Call("a book")
	reminded := sdk.Sleep(patience, ordered) // from the moment that the order is made
	found := Await.Call(1).After(ordered)

	text, err := sdk.Run(ctx, client, Report.Bind(ordered, reminded, found), sdk.StartOpts{ID: "parcel-1"})
	if err != nil {
		return err
	}
	fmt.Fprintln(out, text)
	return nil
}
