// Package transaction moves money between two rows of a table that is the
// program's own. Each transfer and the checkpoint of its step are one
// transaction: money is neither moved twice nor lost, whatever dies when.
package transaction

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgweir/weir/sdk"
)

// Order is a transfer to be made.
type Order struct {
	From, To string
	Amount   int
}

// Balances are what both have after a transfer.
type Balances map[string]int

var Transfer = sdk.Step[Order, Balances]{Name: "transfer"}

var Handlers = []sdk.Handler{Transfer.DoTx(transfer)}

// transfer gives before it takes. When there is too little to take, what it gave
// is rolled back with the rest.
func transfer(ctx context.Context, tx pgx.Tx, order Order) (Balances, error) {
	const addSQL = `update account set balance = balance + $2 where owner = $1 returning balance`

	var to, from int
	if err := tx.QueryRow(ctx, addSQL, order.To, order.Amount).Scan(&to); err != nil {
		return nil, err
	}
	if err := tx.QueryRow(ctx, addSQL, order.From, -order.Amount).Scan(&from); err != nil {
		return nil, refused(err)
	}
	return Balances{order.From: from, order.To: to}, nil
}

// refused makes a violated check permanent: no retry adds money.
func refused(err error) error {
	const checkViolation = "23514"
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) && pgErr.Code == checkViolation {
		return sdk.Permanent(errors.New("not enough money"))
	}
	return err
}

const setupSQL = `
create table if not exists account (
  owner text primary key,
  balance integer not null check (balance >= 0)
);
insert into account values ('ann', 100), ('bob', 50) on conflict do nothing;`

// Run makes a transfer that succeeds and one that doesn't.
func Run(ctx context.Context, client *sdk.Client, pool *pgxpool.Pool, out io.Writer) error {
	if _, err := pool.Exec(ctx, setupSQL); err != nil {
		return err
	}

	after, err := sdk.Run(ctx, client, Transfer.Call(Order{"ann", "bob", 30}), sdk.StartOpts{ID: "transfer-1"})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "ann has %d, bob has %d\n", after["ann"], after["bob"])

	_, err = sdk.Run(ctx, client, Transfer.Call(Order{"ann", "bob", 500}), sdk.StartOpts{ID: "transfer-2"})
	var failed *sdk.StepError
	if !errors.As(err, &failed) {
		return fmt.Errorf("the second transfer should have failed: %w", err)
	}
	fmt.Fprintln(out, failed.Message)

	var total int
	if err := pool.QueryRow(ctx, `select sum(balance) from account`).Scan(&total); err != nil {
		return err
	}
	fmt.Fprintf(out, "together they have %d, as before\n", total)
	return nil
}
