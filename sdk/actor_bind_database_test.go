package sdk_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/internal/testdb"
	"github.com/pgweir/weir/sdk"
)

var half = sdk.Step[int, int]{Name: "half"}

func halve(_ context.Context, n int) (int, error) { return n / 2, nil }

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func TestBoundCallsAreStepsOfAWorkflow(t *testing.T) {
	t.Parallel()
	ctx := within(t)
	pool := testdb.New(t)
	client := startOn(t, pool, half.Do(halve), Accounts.Do(NewAccount), Deposit.Do((*Account).Deposit))
	ann, err := Accounts.GetOrCreate(ctx, client, "ann", 10)
	require.NoError(t, err)
	bob, err := Accounts.GetOrCreate(ctx, client, "bob", 0)
	require.NoError(t, err)

	labelled := Deposit.With(sdk.CallOpts{Label: "rent", Metadata: map[string]any{"month": 5}})
	paid := labelled.Call(ann, 6) // 16
	total, err := sdk.Run(ctx, client, Deposit.Bind(Accounts.At("bob"), half.Bind(paid)), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	require.Equal(t, 8, total)
	require.NoError(t, bob.Ready(ctx))

	var method, name, metadata string
	row := pool.QueryRow(ctx, `select method, name, metadata::text from weir.actor_calls where actor_id = 'ann' and seq = 2`)
	require.NoError(t, row.Scan(&method, &name, &metadata))
	require.Equal(t, []string{"deposit", "rent", `{"month": 5}`}, []string{method, name, metadata})
}

func TestABoundCallThatFailsFailsItsStep(t *testing.T) {
	t.Parallel()
	ctx := within(t)
	client := startOn(t, testdb.New(t), half.Do(halve), Accounts.Do(NewAccount), Deposit.Do((*Account).Deposit))
	ann, err := Accounts.GetOrCreate(ctx, client, "ann", 10)
	require.NoError(t, err)

	_, err = sdk.Run(ctx, client, half.Bind(Deposit.Call(ann, -11)), sdk.StartOpts{ID: "poor"})
	var failed *sdk.StepError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, "Account.deposit", failed.Step)
	require.Equal(t, "too little money", failed.Message)

	caught, err := sdk.Run(ctx, client, sdk.Try(Deposit.Call(ann, -11)), sdk.StartOpts{ID: "caught"})
	require.NoError(t, err)
	require.ErrorContains(t, caught.Err, "too little money")

	_, err = Deposit.Run(ctx, ann, 1)
	require.NoError(t, err)
	_, err = client.Resume(ctx, "poor") // it calls again: now there is enough
	require.NoError(t, err)
	n, err := sdk.Output[int](ctx, client, "poor")
	require.NoError(t, err)
	require.Equal(t, 0, n)

	_, err = sdk.Run(ctx, client, Deposit.Call(Accounts.At("nobody"), 1), sdk.StartOpts{ID: "unknown"})
	require.ErrorIs(t, err, sdk.ErrNotFound)
	require.ErrorContains(t, err, `actor Account "nobody"`)
}

func TestMistakesOfABoundCallAreToldAtTheStart(t *testing.T) {
	t.Parallel()
	ctx := within(t)
	client := startOn(t, testdb.New(t))
	other := sdk.Method[Account, int, int]{Actor: "Other", Name: "x"}
	for name, call := range map[string]sdk.Ref[int]{
		"zero ActorRef":   Deposit.Call(sdk.ActorRef[Account]{}, 1),
		`is a "Account"`:  other.Call(Accounts.At("a"), 1),
		"id":              Deposit.Call(Accounts.At(""), 1),
		"metadata.m":      Deposit.With(sdk.CallOpts{Metadata: map[string]any{"m": func() {}}}).Call(Accounts.At("a"), 1),
		"is an empty Ref": Deposit.Bind(Accounts.At("a"), sdk.Ref[int]{}),
	} {
		_, err := sdk.Start(ctx, client, call, sdk.StartOpts{ID: "w"})
		require.ErrorIs(t, err, sdk.ErrInput, name)
		require.ErrorContains(t, err, name)
	}
	_, err := Deposit.Run(ctx, Accounts.At("a"), 1)
	require.ErrorContains(t, err, "no client")
}

func TestWhoIsRunAgainFindsTheCallsItHasMade(t *testing.T) {
	t.Parallel()
	ctx := within(t)
	var (
		client *sdk.Client
		tries  atomic.Int32
		pay    = sdk.Step[int, int]{Name: "pay", Retry: sdk.Retry{NoDelay: true}}
	)
	client = startOn(t, testdb.New(t), Accounts.Do(NewAccount), Deposit.Do((*Account).Deposit),
		pay.Do(func(ctx context.Context, n int) (int, error) {
			ann, err := Accounts.Get(ctx, client, "ann")
			if err != nil {
				return 0, err
			}
			for range 2 { // two equal calls are two
				if _, err := Deposit.Run(ctx, ann, n); err != nil {
					return 0, err
				}
			}
			if tries.Add(1) < 3 {
				return 0, errors.New("not yet")
			}
			handle, err := Deposit.Start(ctx, ann, -n)
			if err != nil {
				return 0, err
			}
			return handle.Wait(ctx)
		}))
	_, err := Accounts.GetOrCreate(ctx, client, "ann", 10)
	require.NoError(t, err)
	total, err := sdk.Run(ctx, client, pay.Call(5), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	require.Equal(t, 15, total)
}

// Friend is an actor that calls others.
type Friend struct{ Name string }

func NewFriend(_ context.Context, name string) (*Friend, error) { return &Friend{name}, nil }

var (
	Friends = sdk.Actor[Friend, string]{Type: "Friend"}
	Ask     = sdk.Method[Friend, []string, string]{Actor: "Friend", Name: "ask"}
)

// friends ask each other, along a path. Each waits before it asks until meet says so.
func friends(t *testing.T, meet func(ctx context.Context, name string), names ...string) (*sdk.Client, map[string]sdk.ActorRef[Friend]) {
	t.Helper()
	var client *sdk.Client
	client = startOn(t, testdb.New(t), Friends.Do(NewFriend), Ask.Do(func(f *Friend, ctx context.Context, path []string) (string, error) {
		if len(path) == 0 {
			return f.Name, nil
		}
		meet(ctx, f.Name)
		next, err := Friends.Get(ctx, client, path[0])
		if err != nil {
			return "", err
		}
		answer, err := Ask.Run(ctx, next, path[1:])
		return f.Name + answer, err
	}))
	refs := make(map[string]sdk.ActorRef[Friend])
	for _, name := range names {
		ref, err := Friends.GetOrCreate(t.Context(), client, name, name)
		require.NoError(t, err)
		refs[name] = ref
	}
	return client, refs
}

func TestActorsCallEachOther(t *testing.T) {
	t.Parallel()
	_, refs := friends(t, func(context.Context, string) {}, "a", "b", "c")
	ctx := within(t)
	answer, err := Ask.Run(ctx, refs["a"], []string{"b", "c"})
	require.NoError(t, err)
	require.Equal(t, "abc", answer)

	for _, path := range [][]string{{"a"}, {"b", "a"}, {"b", "c", "b"}, {"b", "c", "a"}} {
		_, err = Ask.Run(ctx, refs["a"], path)
		require.ErrorIs(t, err, sdk.ErrCycle)
		require.ErrorContains(t, err, "wait for itself")
	}
	_, err = Ask.Run(ctx, refs["a"], []string{"b", "c"})
	require.NoError(t, err, "the actors go on")
}

func TestAWaitThatClosesACircleIsRefusedNamingIt(t *testing.T) {
	t.Parallel()
	var refused atomic.Pointer[sdk.CycleError]
	pool := testdb.New(t)
	var client *sdk.Client
	client = startOn(t, pool, Friends.Do(NewFriend), Ask.Do(func(f *Friend, ctx context.Context, path []string) (string, error) {
		if len(path) == 0 {
			return f.Name, nil
		}
		next, err := Friends.Get(ctx, client, path[0])
		if err != nil {
			return "", err
		}
		handle, err := Ask.Start(ctx, next, path[1:]) // who doesn't wait may call anybody
		if err != nil {
			return "", err
		}
		for first := false; len(path) == 1 && !first; { // "b" is the last to wait
			if err := pool.QueryRow(ctx, `select exists (select from weir_internal.actor_call where waiter_actor is not null)`).Scan(&first); err != nil {
				return "", err
			}
		}
		answer, err := handle.Wait(ctx)
		var circle *sdk.CycleError
		if errors.As(err, &circle) {
			refused.Store(circle)
		}
		return answer, err
	}))
	ctx := within(t)
	a, err := Friends.GetOrCreate(ctx, client, "a", "a")
	require.NoError(t, err)
	_, err = Friends.GetOrCreate(ctx, client, "b", "b")
	require.NoError(t, err)
	_, err = Ask.Run(ctx, a, []string{"b", "a"})
	require.ErrorIs(t, err, sdk.ErrCycle)
	require.Equal(t, `call would wait for itself: Friend "b" -> Friend "a" -> Friend "b"`, refused.Load().Error())
}

func TestOfTwoThatWouldWaitForEachOtherOneIsRefused(t *testing.T) {
	t.Parallel()
	both := make(chan string)
	_, refs := friends(t, func(ctx context.Context, name string) {
		select { // both run before either asks
		case both <- name:
		case <-both:
		case <-ctx.Done():
		}
	}, "a", "b")
	ctx := within(t)
	errs := make(chan error, 2)
	for _, path := range []string{"ab", "ba"} {
		go func() {
			_, err := Ask.Run(ctx, refs[path[:1]], []string{path[1:]})
			errs <- err
		}()
	}
	first, second := <-errs, <-errs
	if first == nil {
		first, second = second, first
	}
	require.ErrorIs(t, first, sdk.ErrCycle)
	require.NoError(t, second)
}
