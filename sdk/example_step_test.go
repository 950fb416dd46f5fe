package sdk_test

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgweir/weir/sdk"
)

var (
	Factorial = sdk.Step[int, int]{Name: "factorial"}
	Times     = sdk.Step2[int, int, int]{Name: "times"}
	Charge    = sdk.Step[Trip, string]{Name: "charge"}
)

// A step that returns more graph: how workflows recur, loop and decide.
func ExampleStep_Continue() {
	_ = []sdk.Handler{
		Times.Do(func(_ context.Context, a, b int) (int, error) { return a * b, nil }),
		Factorial.Continue(func(_ context.Context, n int) (sdk.Ref[int], error) {
			if n <= 1 {
				return sdk.Val(1), nil
			}
			return Times.Bind(sdk.Val(n), Factorial.Call(n-1)), nil
		}),
	}
}

// A step whose own writes and whose checkpoint commit together.
func ExampleStep_DoTx() {
	_ = Charge.DoTx(func(ctx context.Context, tx pgx.Tx, trip Trip) (receipt string, err error) {
		err = tx.QueryRow(ctx,
			"insert into receipt (bookings) values ($1) returning id::text", len(trip.Bookings)).Scan(&receipt)
		return receipt, err
	})
}

// A step with an effect outside of the database.
func ExampleInfo() {
	_ = Charge.Do(func(ctx context.Context, _ Trip) (string, error) {
		info, _ := sdk.Info(ctx)
		return pay(ctx, info.IdempotencyKey)
	})
}

func pay(_ context.Context, idempotencyKey string) (string, error) {
	return "paid once for " + idempotencyKey, nil
}

// A reminder a day after the booking, and a receipt that doesn't use its value.
func ExampleSleep() {
	booked := BookFlight.Call(FlightReq{"OAK", "SAN"})
	nextDay := sdk.Sleep(24*time.Hour, booked)
	reminder := BookHotel.Call("SAN").After(nextDay)
	_ = sdk.All(booked, reminder)
}

// Every mistake of binding is reported by the start, before anything is stored.
func ExampleInputError() {
	client, err := sdk.New(sdk.Config{Handlers: []sdk.Handler{Times.Do(nil)}})
	fmt.Println(client, err)
	// Output:
	// <nil> handlers[0]: "times": the function is nil
}
