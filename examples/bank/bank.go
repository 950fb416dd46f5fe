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

// withdraw returns what it took. A call that fails leaves the balance as it was.
func (a *Account) withdraw(_ context.Context, amount int64) (int64, error) {
	if amount > a.Balance {
		return 0, fmt.Errorf("there are only %d", a.Balance)
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

// Transfer moves an amount, and returns it. If it can't be withdrawn, nothing happens;
// if nobody takes it, it goes back. Either way the workflow fails, and says why.
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

func refused(_ context.Context, reason string) (int64, error) {
	return 0, sdk.Permanent(fmt.Errorf("the money went back: %s", reason))
}

// Total is the money in all accounts, by one query of their states.
func Total(ctx context.Context, pool *pgxpool.Pool) (total int64, err error) {
	err = pool.QueryRow(ctx, `
select coalesce(sum((state ->> 'balance')::bigint), 0)::bigint
from weir.actors
where type = 'Account'`).Scan(&total)
	return total, err
}

// Run opens accounts, and moves money between them. A second run finds the transfers
// that were made; those that failed it tries again.
func Run(ctx context.Context, client *sdk.Client, pool *pgxpool.Pool, out io.Writer) error {
	for _, id := range []string{"ann", "bob", "cy"} {
		if _, err := Accounts.GetOrCreate(ctx, client, id, 100); err != nil {
			return err
		}
	}
	for _, t := range []struct {
		from, to string
		amount   int64
	}{
		{"ann", "bob", 30},
		{"bob", "cy", 130},
		{"ann", "cy", 500},
		{"cy", "nobody", 10},
	} {
		id := fmt.Sprintf("%s to %s: %d", t.from, t.to, t.amount)
		_, err := sdk.Run(ctx, client, Transfer(t.from, t.to, t.amount), sdk.StartOpts{ID: id})
		var failed *sdk.StepError
		switch {
		case errors.As(err, &failed):
			fmt.Fprintf(out, "%s, no: %s\n", id, failed.Message)
		case err != nil:
			return err
		default:
			fmt.Fprintf(out, "%s, done\n", id)
		}
	}
	total, err := Total(ctx, pool)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "in all accounts:", total)
	return nil
}
