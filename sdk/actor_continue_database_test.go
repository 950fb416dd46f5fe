package sdk_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/internal/testdb"
	"github.com/pgweir/weir/sdk"
)

// Order is an actor whose method goes on as a workflow.
type Order struct {
	Stage string
	Paid  int
}

func NewOrder(context.Context, int) (*Order, error) { return &Order{Stage: "new"}, nil }

func (o *Order) Pay(_ context.Context, n int) (int, error) {
	o.Paid += n
	return o.Paid, nil
}

func (o Order) StageOf(context.Context, struct{}) (string, error) { return o.Stage, nil }

var (
	Orders  = sdk.Actor[Order, int]{Type: "Order"}
	Pay     = sdk.Method[Order, int, int]{Actor: "Order", Name: "pay"}
	Ship    = sdk.Method[Order, int, int]{Actor: "Order", Name: "ship"}
	StageOf = sdk.Query[Order, struct{}, string]{Actor: "Order", Name: "stage"}
	Pack    = sdk.Step[int, int]{Name: "pack", Retry: sdk.Retry{Max: sdk.Never}}
)

// warehouse has an order "o", whose ship says what it goes on as, and whose workflow
// packs by pack.
type warehouse struct {
	client *sdk.Client
	pool   *pgxpool.Pool
	order  sdk.ActorRef[Order]
}

func orders(t *testing.T, ship func(o *Order, ctx context.Context, n int) (sdk.Ref[int], error), pack func(context.Context, int) (int, error), more ...sdk.Handler) *warehouse {
	t.Helper()
	w := &warehouse{pool: testdb.New(t)}
	w.client = startOn(t, w.pool, append(more, Orders.Do(NewOrder), Pay.Do((*Order).Pay), StageOf.Do(Order.StageOf), Ship.Continue(ship), Pack.Do(pack))...)
	var err error
	w.order, err = Orders.GetOrCreate(t.Context(), w.client, "o", 0)
	require.NoError(t, err)
	return w
}

func packs(o *Order, _ context.Context, n int) (sdk.Ref[int], error) {
	o.Stage = "shipping"
	return Pack.Call(n), nil
}

func (w *warehouse) stage(t *testing.T) string {
	t.Helper()
	stage, err := StageOf.Run(t.Context(), w.order, struct{}{})
	require.NoError(t, err)
	return stage
}

func (w *warehouse) status(t *testing.T) (status string) {
	t.Helper()
	require.NoError(t, w.pool.QueryRow(t.Context(), `select status from weir.actors`).Scan(&status))
	return status
}

func TestM13ACallGoesOnAsAWorkflowAndOthersWait(t *testing.T) {
	t.Parallel()
	ctx := within(t)
	entered, open := make(chan struct{}), make(chan struct{})
	w := orders(t, packs, func(ctx context.Context, n int) (int, error) {
		close(entered)
		<-open
		return n * 10, nil
	})
	ship, err := Ship.Start(ctx, w.order, 4)
	require.NoError(t, err)
	pay, err := Pay.Start(ctx, w.order, 1)
	require.NoError(t, err)
	<-entered
	require.Equal(t, "shipping", w.stage(t), "readers see the state meanwhile")
	require.Equal(t, "CONTINUING", w.status(t))
	var blocked, queued string
	require.NoError(t, w.pool.QueryRow(ctx, `select blocked, c.status from weir.actors join weir.actor_calls as c on c.method = 'pay'`).Scan(&blocked, &queued))
	require.Equal(t, []string{"a call continues as a workflow", "QUEUED"}, []string{blocked, queued})
	close(open)
	n, err := ship.Wait(ctx)
	require.NoError(t, err)
	require.Equal(t, 40, n)
	n, err = pay.Wait(ctx)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.Equal(t, "READY", w.status(t))

	var id string
	require.NoError(t, w.pool.QueryRow(ctx, `select continues_as from weir.actor_calls where method = 'ship'`).Scan(&id))
	output, err := sdk.Output[int](ctx, w.client, id)
	require.NoError(t, err)
	require.Equal(t, 40, output)
}

func TestM13AValueIsAnAnswer(t *testing.T) {
	t.Parallel()
	ctx := within(t)
	w := orders(t, func(o *Order, _ context.Context, n int) (sdk.Ref[int], error) {
		switch n {
		case 0:
			return sdk.Ref[int]{}, nil
		case 1:
			return sdk.Ref[int]{}, errors.New("out of stock")
		}
		o.Stage = "done"
		return sdk.Val(n), nil
	}, halve)
	n, err := Ship.Run(ctx, w.order, 7)
	require.NoError(t, err)
	require.Equal(t, 7, n)
	require.Equal(t, "done", w.stage(t))
	_, err = Ship.Run(ctx, w.order, 0)
	require.ErrorIs(t, err, sdk.ErrInput)
	_, err = Ship.Run(ctx, w.order, 1)
	require.ErrorContains(t, err, "out of stock")
}

func TestM13AWorkflowThatFailsFailsTheCall(t *testing.T) {
	t.Parallel()
	ctx := within(t)
	w := orders(t, packs, func(context.Context, int) (int, error) { return 0, errors.New("no box") })
	_, err := Ship.Run(ctx, w.order, 4)
	var failed *sdk.CallError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, "ship", failed.Err.Step)
	require.Equal(t, "no box", failed.Err.Message)
	require.Equal(t, "shipping", w.stage(t))
	_, err = Pay.Run(ctx, w.order, 1)
	require.NoError(t, err)
}

func TestM13AnActorThatIsBlockedResumesTheWorkflowOnly(t *testing.T) {
	t.Parallel()
	ctx := within(t)
	var ships, broken atomic.Int32
	broken.Store(1)
	w := orders(t, func(o *Order, ctx context.Context, n int) (sdk.Ref[int], error) {
		ships.Add(1)
		return packs(o, ctx, n)
	}, func(_ context.Context, n int) (int, error) {
		if broken.Load() > 0 {
			return 0, errors.New("no box")
		}
		return n, nil
	})
	ship, err := Ship.With(sdk.CallOpts{Block: true}).Start(ctx, w.order, 4)
	require.NoError(t, err)
	_, err = ship.Wait(ctx)
	require.ErrorIs(t, err, sdk.ErrBlocked)
	require.ErrorContains(t, err, "no box")
	pay, err := Pay.Start(ctx, w.order, 1)
	require.NoError(t, err)
	require.Equal(t, "BLOCKED", w.status(t))
	var id string
	require.NoError(t, w.pool.QueryRow(ctx, `select workflow_id from weir.workflows`).Scan(&id))
	require.ErrorIs(t, w.client.Delete(ctx, id), sdk.ErrActive)

	broken.Store(0)
	require.NoError(t, Orders.Resume(ctx, w.client, "o"))
	n, err := ship.Wait(ctx)
	require.NoError(t, err)
	require.Equal(t, 4, n)
	_, err = pay.Wait(ctx)
	require.NoError(t, err)
	require.Equal(t, int32(1), ships.Load())
	require.NoError(t, w.client.Delete(ctx, id))
}

func TestM14AnActorsOwnMethodsAreStepsOfItsGraph(t *testing.T) {
	t.Parallel()
	ctx := within(t)
	var entered atomic.Int32
	w := orders(t, func(o *Order, _ context.Context, n int) (sdk.Ref[int], error) {
		entered.Add(1)
		o.Stage += "."
		if n == 0 {
			return sdk.Val(0), nil
		}
		paid := Pay.Call(Orders.At("o"), n)
		return Ship.Bind(Orders.At("o"), Pack.Bind(paid)), nil
	}, func(_ context.Context, paid int) (int, error) { return max(0, 3-paid), nil })
	behind, err := Ship.Start(ctx, w.order, 1)
	require.NoError(t, err)
	pay, err := Pay.Start(ctx, w.order, 100) // behind all that ship calls
	require.NoError(t, err)
	_, err = behind.Wait(ctx)
	require.NoError(t, err)
	n, err := pay.Wait(ctx)
	require.NoError(t, err)
	require.Equal(t, 103, n)
	require.Equal(t, int32(3), entered.Load())
	require.Equal(t, "new...", w.stage(t))
}

func TestM14WhatAStepOfTheGraphCallsWithItsContextRuns(t *testing.T) {
	t.Parallel()
	ctx := within(t)
	var w *warehouse
	w = orders(t, packs, func(ctx context.Context, n int) (int, error) { return Pay.Run(ctx, w.order, n) })
	n, err := Ship.Run(ctx, w.order, 4)
	require.NoError(t, err)
	require.Equal(t, 4, n)
}

func TestM15AWorkflowThatWouldWaitForItsOwnCallIsRefused(t *testing.T) {
	t.Parallel()
	ctx := within(t)
	var w *warehouse
	w = orders(t, func(*Order, context.Context, int) (sdk.Ref[int], error) {
		return Deposit.Call(Accounts.At("ann"), 1), nil
	}, halve, Accounts.Do(NewAccount), Deposit.Do(func(a *Account, ctx context.Context, n int) (int, error) {
		return Pay.Run(ctx, w.order, n)
	}))
	_, err := Accounts.GetOrCreate(ctx, w.client, "ann", 0)
	require.NoError(t, err)
	_, err = Ship.Run(ctx, w.order, 4)
	require.ErrorIs(t, err, sdk.ErrCycle)
	require.ErrorContains(t, err, `Account "ann" -> Order "o" -> Account "ann"`)
}

func TestM13EndsOfTheWorkflowFromOutside(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(t *testing.T, w *warehouse, id string) error{
		"cancel": func(t *testing.T, w *warehouse, id string) error {
			require.NoError(t, w.client.Cancel(t.Context(), id, "too late"))
			return sdk.ErrCanceled
		},
		"delete": func(t *testing.T, w *warehouse, _ string) error {
			require.NoError(t, Orders.Delete(t.Context(), w.client, "o"))
			return sdk.ErrNotFound
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := within(t)
			entered := make(chan struct{})
			w := orders(t, packs, func(ctx context.Context, _ int) (int, error) {
				close(entered)
				<-ctx.Done()
				return 0, ctx.Err()
			})
			ship, err := Ship.Start(ctx, w.order, 4)
			require.NoError(t, err)
			<-entered
			var id string
			require.NoError(t, w.pool.QueryRow(ctx, `select workflow_id from weir.workflows`).Scan(&id))
			want := end(t, w, id)
			_, err = ship.Wait(ctx)
			require.ErrorIs(t, err, want)
			_, err = sdk.Output[int](ctx, w.client, id)
			require.ErrorIs(t, err, sdk.ErrCanceled)
		})
	}
}

func TestAContinuingMethodThatChangesNothingLeavesTheVersion(t *testing.T) {
	t.Parallel()
	ctx := within(t)
	w := orders(t, func(*Order, context.Context, int) (sdk.Ref[int], error) { return sdk.Val(7), nil },
		func(_ context.Context, n int) (int, error) { return n, nil })
	require.NoError(t, w.order.Ready(ctx))
	for i := range 3 {
		_, err := Ship.Run(ctx, w.order, i)
		require.NoError(t, err)
	}
	var version int
	require.NoError(t, w.pool.QueryRow(ctx, `select version from weir.actors`).Scan(&version))
	require.Equal(t, 1, version, "the constructor's")
}
