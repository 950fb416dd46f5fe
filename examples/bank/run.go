package bank

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgweir/weir/sdk"
)

// order is a transfer to be made.
type order struct {
	from, to string
	amount   int64
}

func (o order) String() string { return fmt.Sprintf("%s to %s: %d", o.from, o.to, o.amount) }

// orders end in the same way in whatever order they are carried out.
var orders = []order{
	{"ann", "bob", 30},
	{"bob", "cy", 50},
	{"cy", "ann", 20},
	{"ann", "cy", 500},
	{"cy", "nobody", 10},
}

// Run opens accounts, moves money between them, all at once, and sums up the balances
// before and after.
func Run(ctx context.Context, client *sdk.Client, pool *pgxpool.Pool, out io.Writer) error {
	for _, id := range []string{"ann", "bob", "cy"} {
		account, err := Accounts.GetOrCreate(ctx, client, id, 100)
		if err != nil {
			return err
		}
		if err := account.Ready(ctx); err != nil {
			return err
		}
	}
	before, err := Total(ctx, pool)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "in all accounts before:", before)

	if err := carryOut(ctx, client, out); err != nil {
		return err
	}
	after, err := Total(ctx, pool)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "in all accounts after:", after)
	return nil
}

// carryOut starts all orders, and then waits for each. A second time it finds the
// transfers that were made or refused, and moves nothing: it attaches to them.
func carryOut(ctx context.Context, client *sdk.Client, out io.Writer) error {
	starts := make([]sdk.StartManyParams[int64], len(orders))
	for i, o := range orders {
		starts[i].Root = Transfer(o.from, o.to, o.amount)
		starts[i].Opts = sdk.StartOpts{ID: o.String(), OnExisting: sdk.OnExistingAttach}
	}
	transfers, err := sdk.StartMany(ctx, client, starts)
	if err != nil {
		return err
	}
	for _, transfer := range transfers {
		_, err := transfer.Wait(ctx)
		switch {
		case err == nil:
			fmt.Fprintf(out, "%s, done\n", transfer.ID())
		case errors.Is(err, ErrNotEnough):
			fmt.Fprintf(out, "%s, refused\n", transfer.ID())
		case errors.Is(err, ErrReturned):
			fmt.Fprintf(out, "%s, came back\n", transfer.ID())
		default:
			return err
		}
	}
	return nil
}
