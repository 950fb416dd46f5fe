package sdk_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/pgweir/weir/sdk"
)

type (
	FlightReq struct{ From, To string }
	Booking   struct{ What string }
	Trip      struct{ Bookings []Booking }
)

var (
	BookFlight = sdk.Step[FlightReq, Booking]{Name: "book_flight"}
	BookHotel  = sdk.Step[string, Booking]{Name: "book_hotel", Retry: sdk.Retry{Max: 5}}
	Finalize   = sdk.Step2[[]Booking, sdk.Result[Booking], Trip]{Name: "finalize_trip"}
)

func bookFlight(_ context.Context, req FlightReq) (Booking, error) {
	return Booking{"flight " + req.From + "-" + req.To}, nil
}

func bookHotel(_ context.Context, city string) (Booking, error) {
	return Booking{}, sdk.Permanent(errors.New("no rooms in " + city))
}

func finalize(_ context.Context, flights []Booking, hotel sdk.Result[Booking]) (Trip, error) {
	trip := Trip{Bookings: flights}
	if !hotel.Failed() {
		trip.Bookings = append(trip.Bookings, hotel.Value)
	}
	return trip, nil
}

// A trip of two flights, which it can't do without, and a hotel, which it can.
func Example() {
	ctx := context.Background()
	pool, end := database()
	defer end()

	client, err := sdk.New(sdk.Config{
		Pool: pool,
		Handlers: []sdk.Handler{
			BookFlight.Do(bookFlight),
			BookHotel.Do(bookHotel),
			Finalize.Do(finalize),
		},
	})
	if err != nil {
		log.Panic(err)
	}
	if err := client.Start(ctx); err != nil {
		log.Panic(err)
	}
	defer func() {
		if err := client.Stop(ctx); err != nil {
			log.Print(err)
		}
	}()

	there := BookFlight.Call(FlightReq{"OAK", "SAN"})
	back := BookFlight.Call(FlightReq{"SAN", "OAK"}).With(sdk.NodeOpts{Name: "return"})
	hotel := sdk.Try(BookHotel.Call("SAN"))
	trip, err := sdk.Run(ctx, client, Finalize.Bind(sdk.All(there, back), hotel), sdk.StartOpts{ID: "trip1"})
	if err != nil {
		log.Panic(err)
	}
	fmt.Println(trip)
	// Output:
	// {[{flight OAK-SAN} {flight SAN-OAK}]}
}
