package sdk_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/sdk"
)

type approval struct {
	By string
	OK bool
}

var (
	Decide  = sdk.Step2[approval, string, string]{Name: "decide"}
	Outcome = sdk.Step[sdk.Result[approval], string]{Name: "outcome"}
)

func decide(_ context.Context, a approval, what string) (string, error) {
	return fmt.Sprint(a.By, " says ", a.OK, " to ", what), nil
}

// send sends an event that has to be accepted.
func (b *testBundle) send(t *testing.T, id, key string, payload any) {
	t.Helper()
	accepted, err := b.client.SendEvent(b.ctx, id, key, payload, sdk.SendEventOpts{})
	require.NoError(t, err)
	require.True(t, accepted)
}

func TestN5AWorkflowIsAnEvent(t *testing.T) {
	t.Parallel()
	b := setup(t)
	handle, err := sdk.Start(b.ctx, b.client, sdk.Event[approval]("approved", sdk.EventOpts{}), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	status, err := handle.Status(b.ctx)
	require.NoError(t, err)
	require.Equal(t, sdk.StatusRunning, status)

	b.send(t, "w", "approved", approval{"ann", true})
	got, err := handle.Wait(b.ctx)
	require.NoError(t, err)
	require.Equal(t, approval{"ann", true}, got)
}

func TestN4EventsAreWaitedForWhileOtherInputsRun(t *testing.T) {
	t.Parallel()
	running, goOn := make(chan struct{}), make(chan struct{})
	slow := sdk.Step[int, string]{Name: "slow"}
	three := sdk.Step3[string, string, string, string]{Name: "three"}
	b := setup(t,
		slow.Do(func(context.Context, int) (string, error) {
			close(running)
			<-goOn
			return "slow", nil
		}),
		three.Do(func(_ context.Context, a, b, c string) (string, error) { return a + " " + b + " " + c, nil }),
	)
	root := three.Bind(sdk.Event[string]("a", sdk.EventOpts{}), slow.Call(1), sdk.Event[string]("b", sdk.EventOpts{}))
	handle, err := sdk.Start(b.ctx, b.client, root, sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	<-running
	b.send(t, "w", "b", "second")
	b.send(t, "w", "a", "first")
	close(goOn)
	got, err := handle.Wait(b.ctx)
	require.NoError(t, err)
	require.Equal(t, "first slow second", got)
}

func TestN5AStepReturnsAnEvent(t *testing.T) {
	t.Parallel()
	ask := sdk.Step[string, string]{Name: "ask"}
	b := setup(t, Decide.Do(decide), ask.Continue(func(_ context.Context, what string) (sdk.Ref[string], error) {
		return Decide.Bind(sdk.Event[approval]("answer to "+what, sdk.EventOpts{}), sdk.Val(what)), nil
	}))
	handle, err := sdk.Start(b.ctx, b.client, ask.Call("lunch"), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	b.send(t, "w", "answer to lunch", approval{"bob", true}) // before or after the step has run
	got, err := handle.Wait(b.ctx)
	require.NoError(t, err)
	require.Equal(t, "bob says true to lunch", got)
}

func TestN8AnEventIsKeptUntilAStepWaitsForIt(t *testing.T) {
	t.Parallel()
	goOn := make(chan struct{})
	first := sdk.Step[int, int]{Name: "first"}
	b := setup(t, first.Do(func(context.Context, int) (int, error) { <-goOn; return 1, nil }))
	root := sdk.Event[int]("k", sdk.EventOpts{}).After(first.Call(1))
	handle, err := sdk.Start(b.ctx, b.client, root, sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	b.send(t, "w", "k", 7)
	close(goOn)
	got, err := handle.Wait(b.ctx)
	require.NoError(t, err)
	require.Equal(t, 7, got)
}

func TestN8AnEventThatIsSentAgainCountsOnce(t *testing.T) {
	t.Parallel()
	b := setup(t, Quick.Do(quick))
	both := sdk.All(sdk.Event[int]("k", sdk.EventOpts{}), sdk.Event[int]("k", sdk.EventOpts{}))
	handle, err := sdk.Start(b.ctx, b.client, both, sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	send := func(payload int, dedupe string) (bool, error) {
		return b.client.SendEvent(b.ctx, "w", "k", payload, sdk.SendEventOpts{Dedupe: dedupe})
	}
	for _, want := range []bool{true, false, false} {
		accepted, err := send(1, "a")
		require.NoError(t, err)
		require.Equal(t, want, accepted)
	}
	_, err = send(2, "a")
	require.ErrorIs(t, err, sdk.ErrEventConflict)
	accepted, err := send(2, "b")
	require.NoError(t, err)
	require.True(t, accepted)
	got, err := handle.Wait(b.ctx)
	require.NoError(t, err)
	require.Equal(t, []int{1, 2}, got)

	_, err = send(1, "a")
	require.ErrorIs(t, err, sdk.ErrFinished)
	_, err = b.client.SendEvent(b.ctx, "unknown", "k", 1, sdk.SendEventOpts{})
	require.ErrorIs(t, err, sdk.ErrNotFound)
}

func TestN8AnEventOfATransactionIsThereWhenThatCommits(t *testing.T) {
	t.Parallel()
	b := setup(t)
	handle, err := sdk.Start(b.ctx, b.client, sdk.Event[int]("k", sdk.EventOpts{}), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	for n, commit := range []bool{false, true} {
		tx, err := b.pool.Begin(b.ctx)
		require.NoError(t, err)
		accepted, err := b.client.SendEventTx(b.ctx, tx, "w", "k", n, sdk.SendEventOpts{Dedupe: "d"})
		require.NoError(t, err)
		require.True(t, accepted)
		if !commit {
			require.NoError(t, tx.Rollback(b.ctx))
			continue
		}
		require.NoError(t, tx.Commit(b.ctx))
	}
	got, err := handle.Wait(b.ctx)
	require.NoError(t, err)
	require.Equal(t, 1, got)
}

func TestN7ATimeoutIsAnErrorThatTryCatches(t *testing.T) {
	t.Parallel()
	b := setup(t, Outcome.Do(func(_ context.Context, r sdk.Result[approval]) (string, error) {
		_, err := r.Get()
		return fmt.Sprint(errors.Is(err, sdk.ErrTimeout), " ", err), nil
	}))
	impatient := sdk.Event[approval]("k", sdk.EventOpts{Timeout: time.Millisecond})
	_, err := sdk.Run(b.ctx, b.client, impatient, sdk.StartOpts{})
	require.ErrorIs(t, err, sdk.ErrTimeout)
	require.ErrorContains(t, err, `no event 'k' came in time`)

	got, err := sdk.Run(b.ctx, b.client, Outcome.Bind(sdk.Try(impatient)), sdk.StartOpts{})
	require.NoError(t, err)
	require.Equal(t, `true step "event" failed after 1 attempt: no event 'k' came in time`, got)
}

func TestN5APayloadOfAnotherTypeFailsWhoReadsIt(t *testing.T) {
	t.Parallel()
	b := setup(t, Decide.Do(decide))
	handle, err := sdk.Start(b.ctx, b.client, Decide.Bind(sdk.Event[approval]("k", sdk.EventOpts{}), sdk.Val("x")), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	b.send(t, "w", "k", json.RawMessage(`"no struct"`))
	_, err = handle.Wait(b.ctx)
	require.ErrorIs(t, err, sdk.ErrDecode)
}

func TestN8BadEventsAreRefusedAndNothingIsStored(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := sdk.Start(b.ctx, b.client, sdk.Event[int]("k", sdk.EventOpts{}), sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	long := strings.Repeat("x", 256)
	for field, send := range map[string]func() (bool, error){
		"id":      func() (bool, error) { return b.client.SendEvent(b.ctx, "", "k", 1, sdk.SendEventOpts{}) },
		"key":     func() (bool, error) { return b.client.SendEvent(b.ctx, "w", long, 1, sdk.SendEventOpts{}) },
		"payload": func() (bool, error) { return b.client.SendEvent(b.ctx, "w", "k", math.NaN(), sdk.SendEventOpts{}) },
		"dedupe":  func() (bool, error) { return b.client.SendEvent(b.ctx, "w", "k", 1, sdk.SendEventOpts{Dedupe: "\n"}) },
	} {
		_, err := send()
		var input *sdk.InputError
		require.ErrorAs(t, err, &input)
		require.Equal(t, field, input.Field)
	}
	_, err = b.client.SendEvent(b.ctx, "w", "k", "a\x00", sdk.SendEventOpts{})
	require.ErrorIs(t, err, sdk.ErrInput)
	var events int
	require.NoError(t, b.pool.QueryRow(b.ctx, `select count(*) from weir_internal.event`).Scan(&events))
	require.Zero(t, events)
}
