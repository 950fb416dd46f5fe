// Package refused holds programs that must not compile. Each line that ends in a
// comment "want" has to have an error that matches; no other line may have one.
package refused

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/pgweir/weir/sdk"
)

type (
	flightReq struct{ From, To string }
	hotelReq  struct{ City string }
	booking   struct{ ID string }
	trip      struct{ Bookings []booking }
)

var (
	bookFlight = sdk.Step[flightReq, booking]{Name: "book_flight"}
	bookHotel  = sdk.Step[hotelReq, booking]{Name: "book_hotel"}
	finalize   = sdk.Step2[[]booking, sdk.Result[booking], trip]{Name: "finalize"}
	charge     = sdk.Step[trip, trip]{Name: "charge"}
	three      = sdk.Step3[int, string, bool, trip]{Name: "three"}
	plan       = sdk.Definition[flightReq, trip]{Name: "plan"}

	flight = bookFlight.Call(flightReq{"OAK", "SAN"})
	hotel  = bookHotel.Call(hotelReq{"SAN"})
	number sdk.Ref[int]
	text   sdk.Ref[string]
)

func arguments() {
	bookFlight.Call(hotelReq{"SAN"})                                     // want `cannot use hotelReq`
	bookFlight.Call("SAN")                                               // want `cannot use "SAN"`
	bookFlight.Call(flight)                                              // want `cannot use flight`
	bookFlight.Call()                                                    // want `not enough arguments`
	bookFlight.Call(flightReq{}, flightReq{})                            // want `too many arguments`
	bookFlight.Bind(sdk.Val(hotelReq{"SAN"}))                            // want `cannot use sdk.Val`
	bookFlight.Bind(hotel)                                               // want `cannot use hotel`
	bookFlight.Bind(flightReq{})                                         // want `cannot use flightReq`
	charge.Bind(hotel)                                                   // want `cannot use hotel`
	charge.Bind(sdk.Try(finalize.Bind(sdk.All(flight), sdk.Try(hotel)))) // want `cannot use sdk.Try`
	finalize.Bind(sdk.All(flight), hotel)                                // want `cannot use hotel`
	finalize.Bind(flight, sdk.Try(hotel))                                // want `cannot use flight`
	finalize.Bind(sdk.Try(hotel), sdk.All(flight))                       // want `cannot use sdk.Try` `cannot use sdk.All`
	three.Bind(number, number, sdk.Val(true))                            // want `cannot use number`
	three.Call(1, "x", "y")                                              // want `cannot use "y"`
	sdk.All(number, text)                                                // want `does not match inferred type`
	flight.After(bookHotel)                                              // want `does not implement sdk.AnyRef`
	flight.With(sdk.StartOpts{})                                         // want `cannot use sdk.StartOpts`
}

func refs() {
	var wrong sdk.Ref[string] = number        // want `cannot use number`
	_ = sdk.Ref[string](number)               // want `cannot convert number`
	_ = sdk.Handle[string](sdk.Handle[int]{}) // want `cannot convert`
	_ = sdk.Ref[int]{1}                       // want `too few values` `unexported field`
	_ = wrong
}

func waits(remaining sdk.Split[booking], listener sdk.EventListener[string, booking]) {
	mail := sdk.Listen[string, trip]{Name: "mail"}
	bookFlight.Bind(sdk.Event[hotelReq]("k", sdk.EventOpts{}))               // want `cannot use sdk.Event`
	sdk.Event("k", sdk.EventOpts{})                                          // want `cannot infer T`
	sdk.WaitSome([]sdk.Ref[booking]{flight, number}, 1, 0)                   // want `cannot use number`
	sdk.WaitSome([]sdk.AnyRef{flight}, 1, 0)                                 // want `does not match`
	charge.Bind(sdk.WaitSome([]sdk.Ref[trip]{}, 1, 0))                       // want `cannot use sdk.WaitSome`
	charge.Bind(remaining.Remaining[0])                                      // want `cannot use remaining.Remaining`
	sdk.AllMap(map[string]sdk.Ref[int]{"a": text})                           // want `cannot use text`
	finalize.Bind(sdk.AllMap(map[string]sdk.Ref[booking]{}), sdk.Try(hotel)) // want `cannot use sdk.AllMap`
	mail.Call(7)                                                             // want `cannot use 7`
	mail.Do(listener)                                                        // want `does not implement`
	bookFlight.Bind(mail.Call("in"))                                         // want `cannot use mail.Call`
}

func implementations(
	ofHotel func(context.Context, hotelReq) (booking, error),
	ofTrip func(context.Context, flightReq) (trip, error),
	inTx func(context.Context, pgx.Tx, flightReq) (booking, error),
	withoutContext func(flightReq) (booking, error),
	withoutError func(context.Context, flightReq) booking,
	more func(context.Context, flightReq) (sdk.Ref[booking], error),
	moreTrip func(context.Context, flightReq) (sdk.Ref[trip], error),
) {
	bookFlight.Do(ofHotel)        // want `cannot use ofHotel`
	bookFlight.Do(ofTrip)         // want `cannot use ofTrip`
	bookFlight.Do(inTx)           // want `cannot use inTx`
	bookFlight.Do(withoutContext) // want `cannot use withoutContext`
	bookFlight.Do(withoutError)   // want `cannot use withoutError`
	bookFlight.Do(more)           // want `cannot use more`
	bookFlight.DoTx(ofHotel)      // want `cannot use ofHotel`
	bookHotel.DoTx(inTx)          // want `cannot use inTx`
	bookFlight.Continue(moreTrip) // want `cannot use moreTrip`
	bookHotel.Continue(more)      // want `cannot use more`
	_ = []sdk.Handler{bookFlight} // want `cannot use bookFlight`
	_ = []sdk.Handler{inTx}       // want `cannot use inTx`
	_ = []sdk.Declaration{flight} // want `does not implement sdk.Declaration`
}

func definitions(
	ctx context.Context, client *sdk.Client, tx pgx.Tx,
	ofHotel func(hotelReq) sdk.Ref[trip],
	ofBooking func(flightReq) sdk.Ref[booking],
	withError func(flightReq) (sdk.Ref[trip], error),
	value func(flightReq) trip,
) {
	plan.Call(hotelReq{})                                          // want `cannot use hotelReq`
	plan.Bind(hotel)                                               // want `cannot use hotel`
	charge.Bind(plan)                                              // want `cannot use plan`
	bookHotel.Bind(plan.Bind(sdk.Val(flightReq{})))                // want `cannot use plan.Bind`
	plan.Build(ofHotel)                                            // want `cannot use ofHotel`
	plan.Build(ofBooking)                                          // want `cannot use ofBooking`
	plan.Build(withError)                                          // want `cannot use withError`
	plan.Build(value)                                              // want `cannot use value`
	plan.Handler()                                                 // want `plan.Handler undefined`
	sdk.Define("plan", value)                                      // want `does not match`
	_ = []sdk.Handler{plan}                                        // want `cannot use plan`
	_, _ = plan.Start(ctx, client, hotelReq{}, sdk.StartOpts{})    // want `cannot use hotelReq`
	_, _ = plan.StartTx(ctx, client, flightReq{}, sdk.StartOpts{}) // want `not enough arguments`
	_, _ = sdk.Start(ctx, client, plan, sdk.StartOpts{})           // want `does not match`

	var booked booking
	booked, _ = plan.Run(ctx, client, flightReq{}, sdk.StartOpts{}) // want `cannot use plan.Run`
	var handle sdk.Handle[booking]
	handle, _ = plan.StartTx(ctx, client, tx, flightReq{}, sdk.StartOpts{})  // want `cannot use plan.StartTx`
	handle, _ = client.StartNamed(ctx, "plan", flightReq{}, sdk.StartOpts{}) // want `cannot use client.StartNamed`
	_, _ = booked, handle
}

func starts(ctx context.Context, client *sdk.Client, tx pgx.Tx) {
	var booked booking
	booked, _ = sdk.Run(ctx, client, number, sdk.StartOpts{}) // want `cannot use sdk.Run`
	_, _ = sdk.Run(ctx, client, bookFlight, sdk.StartOpts{})  // want `does not match`
	_, _ = sdk.Run(ctx, client, 7, sdk.StartOpts{})           // want `cannot infer T`
	_, _ = sdk.Start(ctx, tx, number, sdk.StartOpts{})        // want `cannot use tx`
	_, _ = sdk.StartTx(ctx, client, number, sdk.StartOpts{})  // want `not enough arguments`

	var handle sdk.Handle[trip]
	handle, _ = sdk.Start(ctx, client, flight, sdk.StartOpts{})                    // want `cannot use sdk.Start`
	booked, _ = handle.Wait(ctx)                                                   // want `cannot use handle.Wait`
	handle = sdk.Attach[booking](client, "trip1")                                  // want `cannot use sdk.Attach`
	_ = sdk.Attach(client, "trip1")                                                // want `cannot infer T`
	_, _ = sdk.StartMany(ctx, client, []sdk.StartManyParams[trip]{{Root: flight}}) // want `cannot use flight`
	_, _, _ = booked, handle, tx
}

type (
	counter struct{ N int }
	gauge   struct{ N int }
)

func newCounter(context.Context, int) (*counter, error)          { return nil, nil }
func (c *counter) incr(context.Context, int) (int, error)        { return 0, nil }
func (c *counter) pay(context.Context, pgx.Tx, int) (int, error) { return 0, nil }
func (c counter) get(context.Context, string) (int, error)       { return 0, nil }
func (g *gauge) incr(context.Context, int) (int, error)          { return 0, nil }

var (
	counters = sdk.Actor[counter, int]{Type: "Counter"}
	incr     = sdk.Method[counter, int, int]{Actor: "Counter", Name: "incr"}
	get      = sdk.Query[counter, string, int]{Actor: "Counter", Name: "get"}
	one      sdk.ActorRef[counter]
	other    sdk.ActorRef[gauge]
)

func actors(ctx context.Context, client *sdk.Client) {
	counters.Do(newCounter)
	incr.Do((*counter).incr)
	incr.DoTx((*counter).pay)
	get.Do(counter.get)

	incr.Do(counter.get)                        // want `cannot use counter.get`
	incr.Do((*gauge).incr)                      // want `cannot use \(\*gauge\).incr`
	incr.Do((*counter).pay)                     // want `cannot use \(\*counter\).pay`
	incr.DoTx((*counter).incr)                  // want `cannot use \(\*counter\).incr`
	get.Do((*counter).get)                      // want `cannot use \(\*counter\).get`
	get.Do((*counter).incr)                     // want `cannot use \(\*counter\).incr`
	counters.Do(counter.get)                    // want `cannot use counter.get`
	incr.Run(ctx, other, 1)                     // want `cannot use other`
	incr.Run(ctx, one, "a")                     // want `cannot use "a"`
	get.Run(ctx, one, 1)                        // want `cannot use 1`
	counters.GetOrCreate(ctx, client, "x", "a") // want `cannot use "a"`
	one = sdk.ActorRef[counter](other)          // want `cannot convert other`
}
