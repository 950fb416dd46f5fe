package sdk_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/pgweir/weir/sdk"
)

// The same id started twice is one workflow, whose steps run once.
func ExampleStart() {
	ctx := context.Background()
	client, _, stop := start(Upper.Do(upper))
	defer stop()

	for range 2 {
		handle, err := sdk.Start(ctx, client, Upper.Call("once"), sdk.StartOpts{
			ID:       "order1",
			Metadata: map[string]any{"customer": "ann"},
		})
		if err != nil {
			fmt.Println(err)
			return
		}
		output, err := handle.Wait(ctx)
		fmt.Println(handle.ID(), handle.Created(), output, err)
	}

	other := Upper.Call("another graph")
	handle, err := sdk.Start(ctx, client, other, sdk.StartOpts{ID: "order1", OnExisting: sdk.OnExistingAttach})
	fmt.Println(handle.SameGraph(), err)

	_, err = sdk.Start(ctx, client, other, sdk.StartOpts{ID: "order1", OnExisting: sdk.OnExistingReject})
	fmt.Println(errors.Is(err, sdk.ErrExists))
	// Output:
	// order1 true ONCE <nil>
	// order1 false ONCE <nil>
	// false <nil>
	// true
}

// The workflow exists if the order does.
func ExampleStartTx() {
	ctx := context.Background()
	client, pool, stop := start(Upper.Do(upper))
	defer stop()
	if _, err := pool.Exec(ctx, `create table orders (id text)`); err != nil {
		fmt.Println(err)
	}

	order := func(id string, outcome error) error {
		return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, `insert into orders values ($1)`, id); err != nil {
				return err
			}
			if _, err := sdk.StartTx(ctx, client, tx, Upper.Call(id), sdk.StartOpts{ID: id}); err != nil {
				return err
			}
			return outcome // nil commits, an error rolls both back
		})
	}

	fmt.Println(order("kept", nil), order("dropped", errors.New("out of stock")))
	fmt.Println(sdk.Attach[string](client, "kept").Wait(ctx))
	_, err := client.Status(ctx, "dropped")
	fmt.Println(errors.Is(err, sdk.ErrNotFound))
	// Output:
	// <nil> out of stock
	// KEPT <nil>
	// true
}

// Many workflows, stored in one go.
func ExampleStartMany() {
	ctx := context.Background()
	client, _, stop := start(Upper.Do(upper))
	defer stop()

	var params []sdk.StartManyParams[string]
	for _, city := range []string{"oslo", "rome"} {
		params = append(params, sdk.StartManyParams[string]{
			Root: Upper.Call(city),
			Opts: sdk.StartOpts{ID: "city-" + city},
		})
	}
	handles, err := sdk.StartMany(ctx, client, params)
	if err != nil {
		fmt.Println(err)
	}
	for _, handle := range handles {
		fmt.Println(handle.Wait(ctx))
	}
	// Output:
	// OSLO <nil>
	// ROME <nil>
}
