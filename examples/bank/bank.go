// Package bank moves money between accounts. An account is an actor: its balance is
// its state, in a row. A transfer is a workflow that calls two of them, each once,
// whatever is killed meanwhile; so the sum of all balances, which is one query, stays
// what it is.
package bank

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgweir/weir/sdk"
)

// Account is the state of an account. Its JSON is what the query sums.
type Account struct {
	Balance int64 `json:"balance"`
}

func open(_ context.Context, balance int64) (*Account, error) { return &Account{Balance: balance}, nil }

// reason is why money isn't moved. errors.Is finds it wherever the error was stored.
type reason string

const (
	ErrTooLittle = reason("there is too little")
	ErrReturned  = reason("the money went back")
)

func (r reason) Error() string     { return string(r) }
func (r reason) ErrorType() string { return "bank: " + string(r) }

// withdraw returns what it took. A call that fails leaves the balance as it was.
func (a *Account) withdraw(_ context.Context, amount int64) (int64, error) {
	if amount > a.Balance {
		return 0, fmt.Errorf("%w: %d", ErrTooLittle, a.Balance)
	}
	a.Balance -= amount
	return amount, nil
}

func (a *Account) deposit(_ context.Context, amount int64) (int64, error) {
	a.Balance += amount
	return amount, nil
}

var (
	Accounts = sdk.Actor[Account, int64]{Type: "Account"}
	Withdraw = sdk.Method[Account, int64, int64]{Actor: "Account", Name: "withdraw"}
	Deposit  = sdk.Method[Account, int64, int64]{Actor: "Account", Name: "deposit"}

	settle = sdk.Step2[Withdrawn, sdk.Result[int64], int64]{Name: "settle"}
	refuse = sdk.Step[string, int64]{Name: "refuse"}
)

var Handlers = []sdk.Handler{
	Accounts.Do(open),
	Withdraw.Do((*Account).withdraw),
	Deposit.Do((*Account).deposit),
	settle.Continue(settled),
	refuse.Do(refused),
}

// Withdrawn is money on its way.
type Withdrawn struct {
	From   string
	Amount int64
}

// Transfer moves an amount, and returns it. If it can't be withdrawn, nothing happens:
// ErrTooLittle. If nobody takes it, it goes back: ErrReturned.
func Transfer(from, to string, amount int64) sdk.Ref[int64] {
	taken := Withdraw.Call(Accounts.At(from), amount)
	given := Deposit.Bind(Accounts.At(to), taken)
	return settle.Bind(sdk.Val(Withdrawn{from, amount}), sdk.Try(given))
}

// settled sees whether the money was taken, and returns the steps that follow from it.
func settled(_ context.Context, money Withdrawn, given sdk.Result[int64]) (sdk.Ref[int64], error) {
	if !given.Failed() {
		return sdk.Val(given.Value), nil
	}
	back := Deposit.Call(Accounts.At(money.From), money.Amount)
	return refuse.Call(given.Err.Message).After(back), nil
}

func refused(_ context.Context, why string) (int64, error) {
	return 0, sdk.Permanent(fmt.Errorf("%w: %s", ErrReturned, why))
}

// Total is the money in all accounts, by one query of their states. What a transfer has
// withdrawn and not deposited yet is in none.
func Total(ctx context.Context, pool *pgxpool.Pool) (total int64, err error) {
	err = pool.QueryRow(ctx, `
select coalesce(sum((state ->> 'balance')::bigint), 0)::bigint
from weir.actors
where type = 'Account'`).Scan(&total)
	return total, err
}

// Run opens accounts, and moves money between them, all at once. A second run finds the
// transfers that were made; those that failed it tries again.
func Run(ctx context.Context, client *sdk.Client, pool *pgxpool.Pool, out io.Writer) error {
	if err := openAll(ctx, client, "ann", "bob", "cy"); err != nil {
		return err
	}
	if err := say(ctx, pool, out, "before"); err != nil {
		return err
	}
	var handles []sdk.Handle[int64]
	for _, t := range []struct {
		from, to string
		amount   int64
	}{
		{"ann", "bob", 30}, {"bob", "cy", 20}, {"cy", "ann", 10}, {"ann", "cy", 500}, {"cy", "nobody", 10},
	} {
		id := fmt.Sprintf("%s to %s: %d", t.from, t.to, t.amount)
		handle, err := sdk.Start(ctx, client, Transfer(t.from, t.to, t.amount), sdk.StartOpts{ID: id})
		if err != nil {
			return err
		}
		handles = append(handles, handle)
	}
	for _, handle := range handles {
		_, err := handle.Wait(ctx)
		switch {
		case errors.Is(err, ErrTooLittle):
			fmt.Fprintf(out, "%s, no: %s\n", handle.ID(), ErrTooLittle)
		case errors.Is(err, ErrReturned):
			fmt.Fprintf(out, "%s, no: %s\n", handle.ID(), ErrReturned)
		case err != nil:
			return err
		default:
			fmt.Fprintf(out, "%s, done\n", handle.ID())
		}
	}
	return say(ctx, pool, out, "after")
}

func openAll(ctx context.Context, client *sdk.Client, ids ...string) error {
	for _, id := range ids {
		account, err := Accounts.GetOrCreate(ctx, client, id, 100)
		if err == nil {
			err = account.Ready(ctx)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func say(ctx context.Context, pool *pgxpool.Pool, out io.Writer, when string) error {
	total, err := Total(ctx, pool)
	if err == nil {
		fmt.Fprintf(out, "%s: %d in all accounts\n", when, total)
	}
	return err
}
