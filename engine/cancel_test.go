package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
)

func TestCancelEndsRunningBodiesWithinASecond(t *testing.T) {
	t.Parallel()
	for name, late := range map[string]time.Duration{"just begun": 0, "running for long": 400 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGate("gate", true)
			b := setup(t, g.Function, addFunction)
			operator := setupOn(t, b.pool) // another process, as far as the worker can tell
			b.start(t, "w", call("add", literal("1")), call("gate", ref(0)), call("add", ref(1)))
			ctx := g.enter(t)
			<-time.After(late)
			began := time.Now()
			require.NoError(t, operator.Cancel(t.Context(), "w", "no more"))
			receive(t, ctx.Done())
			require.Less(t, time.Since(began), time.Second)
			require.ErrorIs(t, context.Cause(ctx), engine.ErrCanceled)

			outcome := operator.wait(t, "w")
			require.Equal(t, engine.Outcome{Status: engine.StatusCanceled, CancelReason: "no more"}, outcome)
			require.Equal(t, []string{"succeeded", "halted", "halted"}, b.states(t, "w"))
			require.Equal(t, "no more", scalar[string](t, b, `select cancel_reason from weir.workflows`))
			require.Zero(t, scalar[int](t, b, `select count(*)::int from weir.attempts`))
		})
	}
}

func TestCancelInSQLEndsRunningBodies(t *testing.T) {
	t.Parallel()
	g := newGate("gate", true)
	b := setup(t, g.Function)
	b.start(t, "w", call("gate"))
	ctx := g.enter(t)
	require.True(t, scalar[bool](t, b, `select weir.cancel('w', 'by hand')`))
	receive(t, ctx.Done())
}

func TestBodyThatFinishesAfterACancelKeepsItsCheckpoint(t *testing.T) {
	t.Parallel()
	g := newGate("gate", false)
	b := setup(t, g.Function, addFunction)
	b.start(t, "w", call("gate"), call("add", ref(0)), call("add", ref(1)))
	ctx := g.enter(t)
	require.NoError(t, b.Cancel(t.Context(), "w", ""))
	receive(t, ctx.Done())
	g.open()
	require.Eventually(t, func() bool { return b.states(t, "w")[0] == "succeeded" }, promptly, time.Millisecond)
	require.Equal(t, []string{"succeeded", "halted", "halted"}, b.states(t, "w"))
	requireOutput(t, "1", b.resume(t, "w"))
	require.Equal(t, int64(1), g.runs.Load())
}

func TestNothingStartsAfterACancel(t *testing.T) {
	t.Parallel()
	g := newGate("gate", false)
	b := setup(t, g.Function)
	var steps []engine.Step
	var all []engine.Arg
	for i := range 300 {
		steps = append(steps, call("gate"))
		all = append(all, ref(i))
	}
	b.start(t, "w", append(steps, call("gate", all...))...)
	g.enter(t)
	require.NoError(t, b.Cancel(t.Context(), "w", ""))
	began := g.runs.Load()
	g.open()
	requireOutput(t, "1", b.run(t, "other", call("gate")))
	require.Equal(t, engine.StatusCanceled, b.wait(t, "w").Status)
	// Bodies whose claim came first may still have begun after the call returned.
	claimed := scalar[int64](t, b, `select count(*) from weir.steps where workflow_id = 'w' and attempt > 0`)
	require.LessOrEqual(t, began, claimed)
	require.LessOrEqual(t, g.runs.Load(), claimed+1)
	require.Less(t, claimed, int64(300))
}

func TestCancelSaysWhatItFound(t *testing.T) {
	t.Parallel()
	b := setup(t, addFunction)
	b.start(t, "w", call("nobody_knows"))
	require.NoError(t, b.Cancel(t.Context(), "w", "first"))
	require.NoError(t, b.Cancel(t.Context(), "w", "second"))
	require.Equal(t, "first", scalar[string](t, b, `select cancel_reason from weir.workflows`))
	require.ErrorIs(t, b.Cancel(t.Context(), "unknown", ""), engine.ErrNotFound)
	require.ErrorIs(t, b.Cancel(t.Context(), "a\nb", ""), engine.ErrInput)
	b.run(t, "done", chain(1)...)
	require.ErrorIs(t, b.Cancel(t.Context(), "done", ""), engine.ErrFinished)
}

func TestCancelRefusesTheSameReasonsInSQL(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.start(t, "w", call("nobody_knows"))
	for name, reason := range map[string]string{
		"a line break":     "a\nb",
		"DEL":              "\x7f",
		"of the C1 set":    "next\u0085line",
		"a byte too long":  strings.Repeat("é", 2048) + "x",
		"very much longer": strings.Repeat("x", 100_000),
	} {
		inGo := b.Cancel(t.Context(), "w", reason)
		_, err := b.pool.Exec(t.Context(), `select weir.cancel('w', $1)`, reason)
		requireSQLState(t, "WF006", err)
		var refused *engine.InputError
		require.ErrorAs(t, inGo, &refused, name)
		require.Equal(t, "reason", refused.Field, name)
		require.ErrorContains(t, err, refused.Error(), name)
	}
	require.Equal(t, []string{"ready"}, b.states(t, "w"))

	most := strings.Repeat("é", 2048)
	require.True(t, scalar[bool](t, b, `select weir.cancel('w', $1)`, most))
	require.Equal(t, most, b.wait(t, "w").CancelReason)
	_, err := b.Resume(t.Context(), "w")
	require.NoError(t, err)
	require.True(t, scalar[bool](t, b, `select weir.cancel('w', '')`))
	require.Empty(t, b.wait(t, "w").CancelReason)
}

func TestCancelTxHoldsWhenItCommits(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.start(t, "w", call("nobody_knows"))
	tx, err := b.pool.Begin(t.Context())
	require.NoError(t, err)
	require.NoError(t, b.CancelTx(t.Context(), tx, "w", ""))
	require.NoError(t, tx.Rollback(t.Context()))
	require.Equal(t, []string{"ready"}, b.states(t, "w"))
	tx, err = b.pool.Begin(t.Context())
	require.NoError(t, err)
	require.NoError(t, b.CancelTx(t.Context(), tx, "w", ""))
	require.NoError(t, tx.Commit(t.Context()))
	require.Equal(t, engine.StatusCanceled, b.wait(t, "w").Status)
}

func TestErrorOfACancelledBodyIsNoFailedAttempt(t *testing.T) {
	t.Parallel()
	entered := make(chan struct{}, 10)
	b := setup(t, do("f", func(ctx context.Context, _ []json.RawMessage) (any, error) {
		entered <- struct{}{}
		<-ctx.Done()
		return nil, errors.New("I gave up")
	}))
	b.start(t, "w", call("f"))
	receive(t, entered)
	require.NoError(t, b.Cancel(t.Context(), "w", ""))
	status, err := b.Resume(t.Context(), "w")
	require.NoError(t, err)
	require.Equal(t, engine.StatusRunning, status)
	receive(t, entered) // the second attempt
	require.NoError(t, b.Cancel(t.Context(), "w", ""))
	require.Zero(t, scalar[int](t, b, `select count(*)::int from weir.attempts`))
}
