// Package saga books three things at once. If one of them can't be had, it gives
// the others back.
package saga

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgweir/weir/sdk"
)

// Booking is something that was booked, by the key it was booked under.
type Booking struct{ What, Key string }

var (
	Book   = sdk.Step[string, Booking]{Name: "book"}
	Cancel = sdk.Step[Booking, string]{Name: "cancel", Retry: sdk.Retry{Max: sdk.Forever}}
	Settle = sdk.Step3[sdk.Result[Booking], sdk.Result[Booking], sdk.Result[Booking], []string]{Name: "settle"}
)

var Handlers = []sdk.Handler{
	Book.Do(book),
	Cancel.Do(cancel),
	Settle.Continue(settle),
}

// book asks under a key that stays the same when it is tried again, so that
// whoever takes bookings can tell a repeated one.
func book(ctx context.Context, what string) (Booking, error) {
	if what == "car" {
		return Booking{}, sdk.Permanent(errors.New("no car is free"))
	}
	step, _ := sdk.Info(ctx)
	return Booking{What: what, Key: step.IdempotencyKey}, nil
}

func cancel(_ context.Context, b Booking) (string, error) {
	return "cancelled the " + b.What, nil
}

// settle sees how all three ended, and returns the steps that follow from it.
func settle(_ context.Context, flight, hotel, car sdk.Result[Booking]) (sdk.Ref[[]string], error) {
	var done []string
	var undo []sdk.Ref[string]
	for _, result := range []sdk.Result[Booking]{flight, hotel, car} {
		if !result.Failed() {
			done = append(done, "booked the "+result.Value.What)
			undo = append(undo, Cancel.Call(result.Value))
		}
	}
	if len(done) == 3 {
		return sdk.Val(done), nil
	}
	return sdk.All(undo...), nil
}

// Run books a flight, a hotel, and a car that isn't there.
func Run(ctx context.Context, client *sdk.Client, _ *pgxpool.Pool, out io.Writer) error {
	trip := Settle.Bind(
		sdk.Try(Book.Call("flight").With(sdk.NodeOpts{Name: "book_flight"})),
		sdk.Try(Book.Call("hotel").With(sdk.NodeOpts{Name: "book_hotel"})),
		sdk.Try(Book.Call("car").With(sdk.NodeOpts{Name: "book_car"})),
	)
	story, err := sdk.Run(ctx, client, trip, sdk.StartOpts{ID: "saga-1"})
	if err != nil {
		return err
	}
	for _, line := range story {
		fmt.Fprintln(out, line)
	}
	return nil
}
