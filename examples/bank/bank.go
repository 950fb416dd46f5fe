// Package bank moves money between accounts. An account is an actor: its balance is
// its state, in a row. A transfer is a workflow that calls two of them, each once,
// whatever is killed meanwhile; so the sum of all balances, which is one query, is
// the same before transfers and after them.
package bank

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgweir/weir/sdk"
)

// Account is the state of an account. Its JSON is what the query sums.
type Account struct {
	Balance int64 `json:"balance"`
}

func open(_ context.Context, balance int64) (*Account, error) { return &Account{Balance: balance}, nil }

// withdraw returns what it took, or a *NotEnoughError. A call that fails leaves the
// balance as it was.
func (a *Account) withdraw(_ context.Context, amount int64) (int64, error) {
	if amount > a.Balance {
		return 0, &NotEnoughError{Balance: a.Balance}
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

// Transfer moves an amount, and returns it. If there is too little to withdraw, nothing
// happens, and it fails with ErrNotEnough; if nobody takes the money, that goes back,
// and it fails with ErrReturned.
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
	return 0, sdk.Permanent(fmt.Errorf("%w: %s", ErrReturned, reason))
}

// Total is the money in all accounts, by one query of their states. What a transfer
// has withdrawn and not yet deposited is in none.
func Total(ctx context.Context, pool *pgxpool.Pool) (total int64, err error) {
	err = pool.QueryRow(ctx, `
select coalesce(sum((state ->> 'balance')::bigint), 0)::bigint
from weir.actors
where type = 'Account'`).Scan(&total)
	return total, err
}
