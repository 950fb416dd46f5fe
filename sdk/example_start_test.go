package sdk_test

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/pgweir/weir/sdk"
)

// The workflow exists if the order does.
func ExampleStartTx() {
	_ = func(ctx context.Context, client *sdk.Client, tx pgx.Tx, order string) error {
		if _, err := tx.Exec(ctx, "insert into orders (id) values ($1)", order); err != nil {
			return err
		}
		_, err := sdk.StartTx(ctx, client, tx, BookHotel.Call("SAN"), sdk.StartOpts{ID: order})
		return err
	}
}

// Many workflows, stored in one go.
func ExampleStartMany() {
	_ = func(ctx context.Context, client *sdk.Client, cities []string) ([]sdk.Handle[Booking], error) {
		var params []sdk.StartManyParams[Booking]
		for _, city := range cities {
			params = append(params, sdk.StartManyParams[Booking]{
				Root: BookHotel.Call(city),
				Opts: sdk.StartOpts{ID: "hotel-" + city},
			})
		}
		return sdk.StartMany(ctx, client, params)
	}
}

// Waiting for a workflow that another program started, and mending it.
func ExampleAttach() {
	_ = func(ctx context.Context, client *sdk.Client) (Trip, error) {
		handle := sdk.Attach[Trip](client, "trip1")
		trip, err := handle.Wait(ctx)
		if failed := new(sdk.StepError); errors.As(err, &failed) && failed.Step == "book_hotel" {
			if _, err := client.Resume(ctx, handle.ID()); err != nil {
				return Trip{}, err
			}
			return handle.Wait(ctx)
		}
		return trip, err
	}
}
