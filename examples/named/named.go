// Package named ships orders. A trigger on the table of orders starts a workflow
// for each that is inserted, by the name of a graph and in the same transaction:
// who inserts needs no Go, and an order that is rolled back is never shipped.
package named

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgweir/weir/sdk"
)

// Order is a row of the table, as to_jsonb makes it.
type Order struct {
	No    int      `json:"no"`
	Items []string `json:"items"`
}

var (
	ShipOrder = sdk.Definition[Order, string]{Name: "ship_order"}
	Pack      = sdk.Step[string, string]{Name: "pack"}
	Ship      = sdk.Step2[int, []string, string]{Name: "ship"}
)

var Handlers = []sdk.Handler{
	ShipOrder.Build(shipOrder),
	Pack.Do(pack),
	Ship.Do(ship),
}

// shipOrder packs all items at the same time.
func shipOrder(order Order) sdk.Ref[string] {
	var packed []sdk.Ref[string]
	for _, item := range order.Items {
		packed = append(packed, Pack.Call(item))
	}
	return Ship.Bind(sdk.Val(order.No), sdk.All(packed...))
}

func pack(_ context.Context, item string) (string, error) { return "a box of " + item, nil }

func ship(_ context.Context, order int, boxes []string) (string, error) {
	return fmt.Sprintf("order %d: %s", order, strings.Join(boxes, ", ")), nil
}

const setupSQL = `
create table if not exists orders (
  no integer primary key,
  items text[] not null
);

create or replace function ship_order() returns trigger language plpgsql as $$
begin
  perform weir.start('ship_order', to_jsonb(new), workflow_id => 'order-' || new.no);
  return null;
end
$$;

create or replace trigger ship_order after insert on orders
for each row execute function ship_order();`

// Run inserts two orders that are shipped, and one that is rolled back.
func Run(ctx context.Context, client *sdk.Client, pool *pgxpool.Pool, out io.Writer) error {
	if _, err := pool.Exec(ctx, setupSQL); err != nil {
		return err
	}

	const insertSQL = `insert into orders values (1, '{tea, cups}'), (2, '{coffee}') on conflict do nothing`
	if _, err := pool.Exec(ctx, insertSQL); err != nil {
		return err
	}
	for _, id := range []string{"order-1", "order-2"} {
		shipped, err := sdk.Attach[string](client, id).Wait(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintln(out, shipped)
	}

	errChanged := errors.New("the customer changed her mind")
	err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `insert into orders values (3, '{milk}')`); err != nil {
			return err
		}
		return errChanged // rolls back
	})
	if !errors.Is(err, errChanged) {
		return err
	}
	_, err = client.Status(ctx, "order-3")
	fmt.Fprintf(out, "order 3: no workflow: %t\n", errors.Is(err, sdk.ErrNotFound))
	return nil
}
