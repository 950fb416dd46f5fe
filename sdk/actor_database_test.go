package sdk_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/internal/testdb"
	"github.com/pgweir/weir/sdk"
)

type Account struct{ Balance int }

var errTooLittle = errors.New("too little money")

func NewAccount(_ context.Context, balance int) (*Account, error) { return &Account{balance}, nil }

func (a *Account) Deposit(_ context.Context, n int) (int, error) {
	if a.Balance += n; a.Balance < 0 {
		return 0, errTooLittle
	}
	return a.Balance, nil
}

func (a *Account) DepositTx(ctx context.Context, tx pgx.Tx, n int) (int, error) {
	a.Balance += n
	if _, err := tx.Exec(ctx, `insert into public.receipt (amount) values ($1)`, n); err != nil {
		return 0, err
	}
	if a.Balance < 0 {
		return 0, errTooLittle
	}
	return a.Balance, nil
}

func (a Account) Total(context.Context, struct{}) (int, error) {
	a.Balance++ // nobody's but this query's
	return a.Balance - 1, nil
}

var (
	Accounts  = sdk.Actor[Account, int]{Type: "Account"}
	Deposit   = sdk.Method[Account, int, int]{Actor: "Account", Name: "deposit"}
	DepositTx = sdk.Method[Account, int, int]{Actor: "Account", Name: "deposit_tx"}
	Total     = sdk.Query[Account, struct{}, int]{Actor: "Account", Name: "total"}
)

func bank(t *testing.T) (client, other *sdk.Client, pool *pgxpool.Pool) {
	t.Helper()
	pool = testdb.New(t)
	_, err := pool.Exec(t.Context(), `create table public.receipt (amount integer unique)`)
	require.NoError(t, err)
	client = startOn(t, pool, Accounts.Do(NewAccount), Deposit.Do((*Account).Deposit), DepositTx.DoTx((*Account).DepositTx), Total.Do(Account.Total))
	return client, startOn(t, pool), pool
}

func startOn(t *testing.T, pool *pgxpool.Pool, handlers ...sdk.Handler) *sdk.Client {
	t.Helper()
	client, err := sdk.New(sdk.Config{Pool: pool, Handlers: handlers})
	require.NoError(t, err)
	require.NoError(t, client.Start(t.Context()))
	t.Cleanup(func() {
		require.NoError(t, client.Stop(context.Background()))
		violations, err := client.Check(context.Background())
		require.NoError(t, err)
		require.Empty(t, violations)
	})
	return client
}

func TestActorFromEveryClient(t *testing.T) {
	t.Parallel()
	client, other, _ := bank(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	a, err := Accounts.GetOrCreate(ctx, other, "ann", 10) // which can't run the constructor
	require.NoError(t, err)
	require.True(t, a.Created())
	require.NoError(t, a.Ready(ctx))
	again, err := Accounts.GetOrCreate(ctx, client, "ann", 99)
	require.NoError(t, err)
	require.False(t, again.Created())

	n, err := Deposit.Run(ctx, a, 5)
	require.NoError(t, err)
	require.Equal(t, 15, n)
	handle, err := Deposit.With(sdk.CallOpts{Label: "rent", Metadata: map[string]any{"month": 5}}).Start(ctx, again, -20)
	require.NoError(t, err)
	require.Equal(t, int64(3), handle.Seq())
	_, err = handle.Wait(ctx)
	var failed *sdk.CallError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, "too little money", failed.Err.Message)
	require.Equal(t, "deposit", failed.Err.Step)

	total, err := Total.Run(ctx, again, struct{}{})
	require.NoError(t, err)
	require.Equal(t, 15, total)
	total, err = Total.Run(ctx, a, struct{}{})
	require.NoError(t, err, "on a worker")
	require.Equal(t, 15, total)
	none := sdk.Query[Account, struct{}, int]{Actor: "Account", Name: "none"}
	_, err = none.Run(ctx, a, struct{}{})
	require.ErrorIs(t, err, sdk.ErrUnknownMethod)

	var ids []string
	for info, err := range Accounts.List(ctx, other) {
		require.NoError(t, err)
		require.JSONEq(t, `{"Balance": 15}`, string(info.State))
		ids = append(ids, info.ID)
	}
	require.Equal(t, []string{"ann"}, ids)
	require.NoError(t, Accounts.Delete(ctx, other, "ann"))
	_, err = Accounts.Get(ctx, client, "ann")
	require.ErrorIs(t, err, sdk.ErrNotFound)
	_, err = Deposit.Run(ctx, a, 1)
	require.ErrorIs(t, err, sdk.ErrNotFound)
}

func TestMethodTxCommitsWithStateAndResult(t *testing.T) {
	t.Parallel()
	client, _, pool := bank(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	a, err := Accounts.GetOrCreate(ctx, client, "ann", 0)
	require.NoError(t, err)
	n, err := DepositTx.Run(ctx, a, 3)
	require.NoError(t, err)
	require.Equal(t, 3, n)
	_, err = DepositTx.Run(ctx, a, -5)
	require.ErrorContains(t, err, "too little money")
	_, err = DepositTx.Run(ctx, a, 3) // a second receipt of that amount
	require.ErrorContains(t, err, "duplicate key")
	n, err = Deposit.Run(ctx, a, 1)
	require.NoError(t, err)
	require.Equal(t, 4, n)
	var receipts []int
	require.NoError(t, pool.QueryRow(ctx, `select array_agg(amount) from public.receipt`).Scan(&receipts))
	require.Equal(t, []int{3}, receipts)
}

func TestActorAndCallWithinATransaction(t *testing.T) {
	t.Parallel()
	client, _, pool := bank(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tx, err := pool.Begin(ctx)
	require.NoError(t, err)
	a, err := Accounts.GetOrCreateTx(ctx, client, tx, "ann", 1)
	require.NoError(t, err)
	handle, err := Deposit.StartTx(ctx, tx, a, 2)
	require.NoError(t, err)
	_, err = Accounts.Get(ctx, client, "ann")
	require.ErrorIs(t, err, sdk.ErrNotFound, "not yet")
	require.NoError(t, tx.Commit(ctx))
	n, err := handle.Wait(ctx)
	require.NoError(t, err)
	require.Equal(t, 3, n)

	var seq int64
	require.NoError(t, pool.QueryRow(ctx, `select weir.actor_call('Account', 'ann', 'deposit', '4')`).Scan(&seq))
	require.Eventually(t, func() bool {
		var result *int
		require.NoError(t, pool.QueryRow(ctx, `select weir.actor_result('Account', 'ann', $1)::int`, seq).Scan(&result))
		return result != nil && *result == 7
	}, time.Minute, 5*time.Millisecond)
}

func TestAnOperatorSetsAStateOfAnExpectedVersion(t *testing.T) {
	t.Parallel()
	client, other, pool := bank(t)
	ctx := within(t)
	a, err := Accounts.GetOrCreate(ctx, client, "ann", 10)
	require.NoError(t, err)
	require.NoError(t, a.Ready(ctx))
	_, err = Accounts.SetState(ctx, other, "ann", Account{Balance: 7}, 2, "a test")
	require.ErrorIs(t, err, sdk.ErrVersion)
	version, err := Accounts.SetState(ctx, other, "ann", Account{Balance: 7}, 1, "a test")
	require.NoError(t, err)
	require.Equal(t, int64(2), version)
	n, err := Deposit.Run(ctx, a, 1)
	require.NoError(t, err)
	require.Equal(t, 8, n)
	var what string
	require.NoError(t, pool.QueryRow(ctx, `select concat_ws(' ', what, target, reason) from weir.audit`).Scan(&what))
	require.Equal(t, `actor_set_state Account 'ann' a test`, what)

	_, err = Accounts.SetState(ctx, client, "ann", Account{}, 2, "")
	require.ErrorIs(t, err, sdk.ErrInput)
	_, err = Accounts.SetState(ctx, client, "bob", Account{}, 1, "a test")
	require.ErrorIs(t, err, sdk.ErrNotFound)
}
