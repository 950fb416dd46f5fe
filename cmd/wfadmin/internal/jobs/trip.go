package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/pgweir/weir/sdk"
)

// The steps of a trip.
var (
	BookFlight = sdk.Step[Flight, Booking]{
		Name:  "book_flight",
		Retry: sdk.Retry{Backoff: 100 * time.Millisecond},
	}
	BookHotel    = sdk.Step[string, Booking]{Name: "book_hotel"}
	FinalizeTrip = sdk.Step2[[]Booking, sdk.Result[Booking], Trip]{Name: "finalize_trip"}
)

// Flight is what is asked of an airline.
type Flight struct {
	From, To string
}

// Booking is what an airline or a hotel confirms.
type Booking struct {
	What string

	// Attempt is the one that succeeded, from 1.
	Attempt int
}

// Trip is everything that was booked.
type Trip struct {
	Bookings []Booking

	// Declined says why there is no better hotel. It is empty if there is one.
	Declined string
}

// PlanTrip binds the steps of a trip. Nothing runs and nothing is stored until a
// workflow is started with it.
func PlanTrip() sdk.Ref[Trip] {
	out := BookFlight.Call(Flight{From: "OAK", To: "SAN"})
	back := BookFlight.Call(Flight{From: "SAN", To: "OAK"}).With(sdk.NodeOpts{Name: "book_flight_back"})
	hotel := BookHotel.Call("Harbor Inn")
	better := sdk.Try(BookHotel.Call("Grand Hotel").With(sdk.NodeOpts{Name: "book_better_hotel"}))
	return FinalizeTrip.Bind(sdk.All(out, back, hotel), better)
}

var errNoAnswer = errors.New("the airline doesn't answer")

// bookFlight gets no answer from San Diego when it asks for the first time.
func bookFlight(ctx context.Context, flight Flight) (Booking, error) {
	step, _ := sdk.Info(ctx)
	if flight.From == "SAN" && step.Attempt == 1 {
		return Booking{}, errNoAnswer
	}
	return Booking{What: "flight " + flight.From + "-" + flight.To, Attempt: step.Attempt}, nil
}

var errNoRoom = errors.New("no room is free")

// bookHotel finds the Grand Hotel full, which asking again doesn't change.
func bookHotel(ctx context.Context, hotel string) (Booking, error) {
	if hotel == "Grand Hotel" {
		return Booking{}, sdk.Permanent(errNoRoom)
	}
	step, _ := sdk.Info(ctx)
	return Booking{What: "hotel " + hotel, Attempt: step.Attempt}, nil
}

func finalizeTrip(_ context.Context, booked []Booking, better sdk.Result[Booking]) (Trip, error) {
	if better.Failed() {
		return Trip{Bookings: booked, Declined: better.Err.Message}, nil
	}
	return Trip{Bookings: append(booked, better.Value)}, nil
}
