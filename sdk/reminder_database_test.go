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

// Clock is an actor that remembers the ticks it got.
type Clock struct{ Ticks []sdk.Tick }

var (
	Clocks = sdk.Actor[Clock, struct{}]{Type: "Clock"}
	Strike = sdk.Method[Clock, int, int]{Actor: "Clock", Name: "strike"}
	Snooze = sdk.Method[Clock, int, int]{Actor: "Clock", Name: "snooze"}
	Ticks  = sdk.Query[Clock, struct{}, []sdk.Tick]{Actor: "Clock", Name: "ticks"}
)

// clock is an actor whose handlers run in one client, and what sets its reminders
// in another.
type clock struct {
	sdk.ActorRef[Clock]
	runs *sdk.Client
	pool *pgxpool.Pool
	got  chan sdk.Tick
}

var errTired = errors.New("too tired")

func setupClock(t *testing.T) *clock {
	t.Helper()
	c := &clock{pool: testdb.New(t), got: make(chan sdk.Tick, 100)}
	c.runs = startOn(t, c.pool,
		Clocks.Do(func(context.Context, struct{}) (*Clock, error) { return &Clock{}, nil }),
		Strike.Do(func(state *Clock, ctx context.Context, n int) (int, error) {
			info, _ := sdk.InfoOfCall(ctx)
			state.Ticks = append(state.Ticks, info.Tick)
			c.got <- info.Tick
			return n, nil
		}),
		Snooze.DoTx(func(state *Clock, ctx context.Context, tx pgx.Tx, n int) (int, error) {
			err := Strike.RemindTx(ctx, tx, c.ActorRef, n, sdk.RemindOpts{Name: "snoozed", At: time.Now().Add(time.Hour)})
			if n == 0 {
				err = errTired
			}
			return n, err
		}),
		Ticks.Do(func(state Clock, _ context.Context, _ struct{}) ([]sdk.Tick, error) { return state.Ticks, nil }),
	)
	other := startOn(t, c.pool)
	var err error
	c.ActorRef, err = Clocks.GetOrCreate(t.Context(), other, "tower", struct{}{})
	require.NoError(t, err)
	return c
}

func (c *clock) next(t *testing.T) sdk.Tick {
	t.Helper()
	select {
	case tick := <-c.got:
		return tick
	case <-time.After(time.Minute):
		require.FailNow(t, "no tick")
		panic("unreachable")
	}
}

func (c *clock) reminders(t *testing.T) (names []string) {
	t.Helper()
	found, err := c.Reminders(t.Context())
	require.NoError(t, err)
	for _, r := range found {
		names = append(names, r.Name)
	}
	return names
}

func TestReminderCallsItsMethodAtEachTick(t *testing.T) {
	t.Parallel()
	c := setupClock(t)
	method := Strike.With(sdk.CallOpts{Label: "hour", Metadata: map[string]any{"bell": 2}, Retry: sdk.Retry{Max: 5}})
	opts := sdk.RemindOpts{Name: "the @ bell", At: time.Now().Add(-50 * time.Millisecond), Every: 100 * time.Millisecond, CatchUp: sdk.CatchUpAll}
	require.NoError(t, method.Remind(t.Context(), c.ActorRef, 7, opts))
	first := c.next(t)
	require.Equal(t, "the @ bell", first.Reminder)
	require.Equal(t, opts.At.UTC().Truncate(time.Microsecond), first.Due)
	for i := range 4 {
		require.Equal(t, first.Due.Add(time.Duration(i+1)*opts.Every), c.next(t).Due)
	}

	found, err := c.Reminders(t.Context())
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.Equal(t, "the @ bell", found[0].Name)
	require.Equal(t, "strike", found[0].Method)
	require.Equal(t, "7", string(found[0].Args))
	require.Equal(t, opts.Every, found[0].Every)
	require.Equal(t, "all", found[0].CatchUp)
	require.GreaterOrEqual(t, found[0].Calls, int64(5))
	require.Equal(t, first.Due.Add(time.Duration(found[0].Calls)*opts.Every), found[0].Due.UTC())

	forgotten, err := c.Forget(t.Context(), "the @ bell")
	require.NoError(t, err)
	require.True(t, forgotten)
	forgotten, err = c.Forget(t.Context(), "the @ bell")
	require.NoError(t, err)
	require.False(t, forgotten)
	require.Empty(t, c.reminders(t))

	var ids, labels []string
	var bell int
	require.NoError(t, c.pool.QueryRow(t.Context(), `
select array_agg(tick order by seq), array_agg(distinct name), min((metadata ->> 'bell')::int)
from weir.actor_calls
where method = 'strike'`).Scan(&ids, &labels, &bell))
	require.Equal(t, first.ID, ids[0])
	require.Equal(t, []string{"hour"}, labels)
	require.Equal(t, 2, bell)
}

func TestReminderSetByAMethodComesWithItsTransaction(t *testing.T) {
	t.Parallel()
	c := setupClock(t)
	_, err := Snooze.Run(t.Context(), c.ActorRef, 0)
	require.ErrorContains(t, err, "too tired")
	require.Empty(t, c.reminders(t))
	_, err = Snooze.Run(t.Context(), c.ActorRef, 1)
	require.NoError(t, err)
	require.Equal(t, []string{"snoozed"}, c.reminders(t))

	tx, err := c.pool.Begin(t.Context())
	require.NoError(t, err)
	forgotten, err := c.ForgetTx(t.Context(), tx, "snoozed")
	require.NoError(t, err)
	require.True(t, forgotten)
	require.NoError(t, tx.Rollback(t.Context()))
	require.Equal(t, []string{"snoozed"}, c.reminders(t))
}

func TestTickIsOfTheReminderAndOtherCallsHaveNone(t *testing.T) {
	t.Parallel()
	c := setupClock(t)
	_, err := Strike.Run(t.Context(), c.ActorRef, 1)
	require.NoError(t, err)
	require.Zero(t, c.next(t))
	require.NoError(t, Strike.Remind(t.Context(), c.ActorRef, 1, sdk.RemindOpts{At: time.Now()}))
	require.Equal(t, "strike", c.next(t).Reminder, "by default it is called what its method is")
	_, err = Strike.Run(t.Context(), c.ActorRef, 1) // the tick has been answered then
	require.NoError(t, err)
	require.Empty(t, c.reminders(t))
	ticks, err := Ticks.Run(t.Context(), must(t)(Clocks.Get(t.Context(), c.runs, "tower")), struct{}{})
	require.NoError(t, err)
	require.Len(t, ticks, 3)
}

func must(t *testing.T) func(sdk.ActorRef[Clock], error) sdk.ActorRef[Clock] {
	return func(actor sdk.ActorRef[Clock], err error) sdk.ActorRef[Clock] {
		require.NoError(t, err)
		return actor
	}
}

func TestRemindersThatAreWrong(t *testing.T) {
	t.Parallel()
	c := setupClock(t)
	for field, opts := range map[string]sdk.RemindOpts{
		"at":       {},
		"name":     {Name: "a\nb", Every: time.Second},
		"every":    {Every: time.Millisecond},
		"catch_up": {Every: time.Second, CatchUp: "some"},
	} {
		err := Strike.Remind(t.Context(), c.ActorRef, 1, opts)
		var input *sdk.InputError
		require.ErrorAs(t, err, &input, field)
		require.Equal(t, field, input.Field)
	}
	every := sdk.RemindOpts{Every: time.Second}
	require.ErrorIs(t, Strike.Remind(t.Context(), sdk.ActorRef[Clock]{}, 1, every), sdk.ErrInput)
	_, err := sdk.ActorRef[Clock]{}.Forget(t.Context(), "x")
	require.ErrorIs(t, err, sdk.ErrInput)
	_, err = sdk.ActorRef[Clock]{}.Reminders(t.Context())
	require.ErrorIs(t, err, sdk.ErrInput)

	require.NoError(t, Clocks.Delete(t.Context(), c.runs, "tower"))
	require.ErrorIs(t, Strike.Remind(t.Context(), c.ActorRef, 1, every), sdk.ErrNotFound)
	_, err = c.Forget(t.Context(), "x")
	require.ErrorIs(t, err, sdk.ErrNotFound)
	require.Empty(t, c.reminders(t))
}
