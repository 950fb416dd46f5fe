package sdk

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/internal/testdb"
)

type account struct{ Balance int }

var (
	accounts = Actor[account, int]{Type: "Account"}
	deposit  = Method[account, int, int]{Actor: "Account", Name: "deposit"}
	balance  = Query[account, struct{}, int]{Actor: "Account", Name: "balance"}
)

func (a *account) deposit(_ context.Context, n int) (int, error) {
	a.Balance += n
	return a.Balance, nil
}

func TestHandlersOfAnActorThatAreWrong(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t)
	open := accounts.Do(func(context.Context, int) (*account, error) { return &account{}, nil })
	for field, handlers := range map[string][]Handler{
		"handlers[1]": {open, Method[int, int, int]{Actor: "Account", Name: "add"}.Do(func(*int, context.Context, int) (int, error) { return 0, nil })},
		"handlers[0]": {deposit.Do(nil)},
		"type":        {Actor[account, int]{Type: "a.b"}.Do(func(context.Context, int) (*account, error) { return nil, nil })},
		"method":      {open, Method[account, int, int]{Actor: "Account", Name: "a.b"}.Do((*account).deposit)},
		"handlers":    {open, Step[int, int]{Name: "Account.deposit"}.Do(nop), deposit.Do((*account).deposit)},
	} {
		_, err := New(Config{Pool: pool, Handlers: handlers})
		require.Error(t, err, field)
	}
	_, err := New(Config{Pool: pool, Handlers: []Handler{open, open}})
	require.ErrorContains(t, err, `"Account" is implemented by handlers[0], too`)
	_, err = New(Config{Pool: pool, Handlers: []Handler{open}, Require: []Declaration{accounts, deposit}})
	require.ErrorContains(t, err, `"Account.deposit" has no handler`)
}

func nop(context.Context, int) (int, error) { return 0, nil }

func TestCallsOfWhatIsNoActor(t *testing.T) {
	t.Parallel()
	var none ActorRef[account]
	_, err := deposit.Run(t.Context(), none, 1)
	require.Equal(t, []string{"actor"}, fields(err))
	_, err = balance.Run(t.Context(), none, struct{}{})
	require.Equal(t, []string{"actor"}, fields(err))
	require.Equal(t, []string{"actor"}, fields(none.Ready(t.Context())))
	_, err = CallHandle[int]{}.Wait(t.Context())
	require.Equal(t, []string{"handle"}, fields(err))
	client, _ := setup(t)
	_, err = deposit.Start(t.Context(), ActorRef[account]{client: client, typ: "Other", id: "x"}, 1)
	require.Equal(t, []string{"actor"}, fields(err))
	_, err = deposit.With(CallOpts{Metadata: map[string]any{"c": make(chan int)}}).Start(t.Context(), ActorRef[account]{client: client, typ: "Account", id: "x"}, 1)
	require.Equal(t, []string{"metadata.c"}, fields(err))
}
