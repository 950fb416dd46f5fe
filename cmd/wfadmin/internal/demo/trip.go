package demo

import (
	"context"
	"fmt"
	"reflect"

	"github.com/pgweir/weir/cmd/wfadmin/internal/jobs"
	"github.com/pgweir/weir/sdk"
)

// expectedTrip is what comes out of [jobs.PlanTrip], whoever ran it.
var expectedTrip = jobs.Trip{
	Bookings: []jobs.Booking{
		{What: "flight OAK-SAN", Attempt: 1},
		{What: "flight SAN-OAK", Attempt: 2},
		{What: "hotel Harbor Inn", Attempt: 1},
	},
	Declined: "no room is free",
}

func (d *demo) trip(ctx context.Context) error {
	d.screen.say("\n1. A trip: two flights, of which one is booked at the second attempt, a hotel, and a better hotel that is full.")
	trip, err := sdk.Run(ctx, d.client, jobs.PlanTrip(), sdk.StartOpts{ID: "trip-" + d.id})
	if err != nil {
		return fmt.Errorf("trip: %w", err)
	}
	for _, booking := range trip.Bookings {
		d.screen.say("   %-17s booked at attempt %d", booking.What, booking.Attempt)
	}
	d.screen.say("   %-17s %s", "a better hotel", trip.Declined)
	d.verdict(reflect.DeepEqual(trip, expectedTrip), "The trip has three bookings, one of them retried, and the failure of the fourth was caught.")
	return nil
}
