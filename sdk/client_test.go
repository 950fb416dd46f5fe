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

type testBundle struct {
	ctx    context.Context
	pool   *pgxpool.Pool
	client *sdk.Client
}

// setup returns a client that runs the handlers on a database of its own.
func setup(t *testing.T, handlers ...sdk.Handler) *testBundle {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	pool := testdb.New(t)
	client, err := sdk.New(sdk.Config{Pool: pool, Handlers: handlers})
	require.NoError(t, err)
	require.NoError(t, client.Start(ctx))
	t.Cleanup(func() {
		ctx := context.WithoutCancel(ctx)
		violations, err := client.Check(ctx)
		require.NoError(t, err)
		require.Empty(t, violations)
		require.NoError(t, client.Stop(ctx))
	})
	return &testBundle{ctx, pool, client}
}

var handlers = []sdk.Handler{
	BookFlight.Do(bookFlight),
	BookHotel.Do(bookHotel),
	Finalize.Do(finalize),
	Times.Do(func(_ context.Context, a, b int) (int, error) { return a * b, nil }),
	Factorial.Continue(func(_ context.Context, n int) (sdk.Ref[int], error) {
		if n <= 1 {
			return sdk.Val(1), nil
		}
		return Times.Bind(sdk.Val(n), Factorial.Call(n-1)), nil
	}),
}

func TestClientRunsATrip(t *testing.T) {
	t.Parallel()
	bundle := setup(t, handlers...)
	there := BookFlight.Call(FlightReq{"OAK", "SAN"})
	back := BookFlight.Call(FlightReq{"SAN", "OAK"}).With(sdk.NodeOpts{Name: "return"})
	root := Finalize.Bind(sdk.All(there, back), sdk.Try(BookHotel.Call("SAN")))
	for range 2 {
		trip, err := sdk.Run(bundle.ctx, bundle.client, root, sdk.StartOpts{ID: "trip1"})
		require.NoError(t, err)
		require.Equal(t, Trip{Bookings: []Booking{{"flight OAK-SAN"}, {"flight SAN-OAK"}}}, trip)
	}
	_, err := sdk.Start(bundle.ctx, bundle.client, root, sdk.StartOpts{ID: "trip1", OnExisting: sdk.OnExistingReject})
	require.ErrorIs(t, err, sdk.ErrExists)
	trip, err := sdk.Attach[Trip](bundle.client, "trip1").Wait(bundle.ctx)
	require.NoError(t, err)
	require.Len(t, trip.Bookings, 2)
}

func TestClientContinues(t *testing.T) {
	t.Parallel()
	bundle := setup(t, handlers...)
	got, err := sdk.Run(bundle.ctx, bundle.client, Factorial.Call(10), sdk.StartOpts{})
	require.NoError(t, err)
	require.Equal(t, 3628800, got)
}

func TestClientReturnsTheStepsError(t *testing.T) {
	t.Parallel()
	rooms := sdk.Step[string, Booking]{Name: "rooms", Retry: sdk.Retry{Max: 2, NoDelay: true}}
	bundle := setup(t, rooms.Do(func(context.Context, string) (Booking, error) { return Booking{}, ErrNoRooms }))
	_, err := sdk.Run(bundle.ctx, bundle.client, rooms.Call("SAN").With(sdk.NodeOpts{Name: "hotel"}), sdk.StartOpts{})
	var failed *sdk.StepError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, &sdk.StepError{Step: "hotel", Type: "hotel.no_rooms", Message: "no rooms", Attempts: 3}, failed)
	require.ErrorIs(t, err, ErrNoRooms)
}

func TestClientFailsAStepWhoseArgumentDoesNotDecode(t *testing.T) {
	t.Parallel()
	old := sdk.Step[string, int]{Name: "f"}
	today := sdk.Step[int, int]{Name: "f"}
	bundle := setup(t, today.Do(func(_ context.Context, n int) (int, error) { return n, nil }))
	_, err := sdk.Run(bundle.ctx, bundle.client, old.Call("x"), sdk.StartOpts{})
	require.ErrorIs(t, err, sdk.ErrDecode)
	require.ErrorContains(t, err, `step "f" failed after 1 attempt: argument 1 of f doesn't decode as int`)
}

func TestClientStartsInATransaction(t *testing.T) {
	t.Parallel()
	bundle := setup(t, handlers...)
	rollback := errors.New("rollback")
	var handle sdk.Handle[Booking]
	start := func(tx pgx.Tx) (err error) {
		handle, err = sdk.StartTx(bundle.ctx, bundle.client, tx, BookFlight.Call(FlightReq{"A", "B"}), sdk.StartOpts{ID: "w"})
		return err
	}
	err := pgx.BeginFunc(bundle.ctx, bundle.pool, func(tx pgx.Tx) error { return errors.Join(start(tx), rollback) })
	require.ErrorIs(t, err, rollback)
	_, err = bundle.client.Status(bundle.ctx, "w")
	require.ErrorIs(t, err, sdk.ErrNotFound)

	require.NoError(t, pgx.BeginFunc(bundle.ctx, bundle.pool, start))
	booking, err := handle.Wait(bundle.ctx)
	require.NoError(t, err)
	require.Equal(t, Booking{"flight A-B"}, booking)
}

func TestClientRunsATransactionalStep(t *testing.T) {
	t.Parallel()
	record := sdk.Step[string, string]{Name: "record"}
	bundle := setup(t, record.DoTx(func(ctx context.Context, tx pgx.Tx, text string) (key string, err error) {
		info, _ := sdk.Info(ctx)
		_, err = tx.Exec(ctx, "insert into note (text) values ($1)", text)
		return info.WorkflowID + "/" + info.Step, err
	}))
	_, err := bundle.pool.Exec(bundle.ctx, "create table note (text text)")
	require.NoError(t, err)
	key, err := sdk.Run(bundle.ctx, bundle.client, record.Call("hello"), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	require.Equal(t, "w/record", key)
	var text string
	require.NoError(t, bundle.pool.QueryRow(bundle.ctx, "select text from note").Scan(&text))
	require.Equal(t, "hello", text)
}

func TestClientSleeps(t *testing.T) {
	t.Parallel()
	bundle := setup(t, handlers...)
	var began time.Time
	require.NoError(t, bundle.pool.QueryRow(bundle.ctx, "select now()").Scan(&began))
	woke, err := sdk.Run(bundle.ctx, bundle.client, sdk.Sleep(50*time.Millisecond), sdk.StartOpts{})
	require.NoError(t, err)
	require.GreaterOrEqual(t, woke.Sub(began), 50*time.Millisecond)
}

func TestClientSteers(t *testing.T) {
	t.Parallel()
	bundle := setup(t, handlers...)
	ctx, client := bundle.ctx, bundle.client
	handle, err := sdk.Start(ctx, client, sdk.Sleep(time.Hour), sdk.StartOpts{ID: "long", Metadata: map[string]any{"k": "v"}})
	require.NoError(t, err)
	require.ErrorIs(t, client.Delete(ctx, "long"), sdk.ErrActive)

	require.NoError(t, client.Cancel(ctx, "long", "too long"))
	require.NoError(t, client.Cancel(ctx, "long", "again"))
	_, err = handle.Wait(ctx)
	require.ErrorIs(t, err, sdk.ErrCanceled)
	status, err := client.Resume(ctx, "long")
	require.NoError(t, err)
	require.Equal(t, sdk.StatusRunning, status)

	require.NoError(t, pgx.BeginFunc(ctx, bundle.pool, func(tx pgx.Tx) error { return client.CancelTx(ctx, tx, "long", "") }))
	require.NoError(t, client.Delete(ctx, "long"))
	_, err = handle.Status(ctx)
	require.ErrorIs(t, err, sdk.ErrNotFound)
}

func TestClientStartsMany(t *testing.T) {
	t.Parallel()
	bundle := setup(t, handlers...)
	params := make([]sdk.StartManyParams[int], 10)
	for i := range params {
		params[i].Root = Times.Call(i, i)
	}
	handles, err := sdk.StartMany(bundle.ctx, bundle.client, params)
	require.NoError(t, err)
	for i, handle := range handles {
		got, err := handle.Wait(bundle.ctx)
		require.NoError(t, err)
		require.Equal(t, i*i, got)
	}
}
