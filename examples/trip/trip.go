// Package trip books two flights and a hotel. The airline is slow to answer, so
// one booking is tried again; the hotel is full, which the trip can do without.
package trip

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgweir/weir/sdk"
)

type Flight struct{ From, To string }

type Trip struct {
	Flights []string
	Hotel   string
}

var (
	BookFlight = sdk.Step[Flight, string]{
		Name:  "book_flight",
		Retry: sdk.Retry{Max: 5, Backoff: 10 * time.Millisecond},
	}
	BookHotel    = sdk.Step[string, string]{Name: "book_hotel"}
	FinalizeTrip = sdk.Step2[[]string, sdk.Result[string], Trip]{Name: "finalize_trip"}
)

var Handlers = []sdk.Handler{
	BookFlight.Do(bookFlight),
	BookHotel.Do(bookHotel),
	FinalizeTrip.Do(finalizeTrip),
}

func bookFlight(ctx context.Context, flight Flight) (string, error) {
	step, _ := sdk.Info(ctx)
	if flight.From == "SAN" && step.Attempt == 1 {
		return "", errors.New("the airline doesn't answer") // tried again
	}
	return flight.From + "-" + flight.To, nil
}

func bookHotel(_ context.Context, city string) (string, error) {
	return "", sdk.Permanent(errors.New("no rooms in " + city)) // not tried again
}

func finalizeTrip(_ context.Context, flights []string, hotel sdk.Result[string]) (Trip, error) {
	return Trip{Flights: flights, Hotel: hotel.Or("a tent")}, nil
}

// Run books the trip and prints it, and what its steps went through.
func Run(ctx context.Context, client *sdk.Client, pool *pgxpool.Pool, out io.Writer) error {
	there := BookFlight.Call(Flight{"OAK", "SAN"})
	back := BookFlight.Call(Flight{"SAN", "OAK"}).With(sdk.NodeOpts{Name: "book_return"})
	hotel := sdk.Try(BookHotel.Call("SAN"))
	trip := FinalizeTrip.Bind(sdk.All(there, back), hotel)

	booked, err := sdk.Run(ctx, client, trip, sdk.StartOpts{ID: "trip-1"})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "flights %v, sleeping in %s\n", booked.Flights, booked.Hotel)
	return report(ctx, pool, out)
}

const stepsSQL = `
select name, state, attempt, coalesce(error ->> 'message', '')
from weir.steps
where workflow_id = 'trip-1'
order by no`

func report(ctx context.Context, pool *pgxpool.Pool, out io.Writer) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.TabIndent)
	var name, state, message string
	var attempt int
	rows, _ := pool.Query(ctx, stepsSQL) // ForEachRow returns its error
	_, err := pgx.ForEachRow(rows, []any{&name, &state, &attempt, &message}, func() error {
		_, err := fmt.Fprintf(table, "%s\t%s\tattempt %d\t%s\n", name, state, attempt, message)
		return err
	})
	if err != nil {
		return err
	}
	return table.Flush()
}
