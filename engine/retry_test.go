package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
)

// flaky fails until its nth attempt and returns its number.
func flaky(n int64) (engine.Function, *atomic.Int64) {
	runs := new(atomic.Int64)
	return do("flaky", func(ctx context.Context, _ []json.RawMessage) (any, error) {
		run := runs.Add(1)
		if info, _ := engine.Info(ctx); int64(info.Attempt) != run {
			return nil, engine.Permanent(errors.New("miscounted"))
		}
		if run < n {
			return nil, errors.New("not yet")
		}
		return run, nil
	}), runs
}

func TestB1RetriesAreCounted(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		policy   engine.Policy
		succeeds int64
		attempts int64
		status   engine.Status
	}{
		"none left":         {atOnce(2), 4, 3, engine.StatusFailed},
		"the last succeeds": {atOnce(3), 4, 4, engine.StatusSuccessful},
		"none allowed":      {atOnce(0), 2, 1, engine.StatusFailed},
		"unlimited":         {atOnce(-1), 30, 30, engine.StatusSuccessful},
		"three by default":  {engine.Policy{NoDelay: true}, 9, 4, engine.StatusFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			function, runs := flaky(test.succeeds)
			b := setup(t, function)
			outcome := b.run(t, "w", with(call("flaky"), test.policy))
			require.Equal(t, test.status, outcome.Status)
			require.Equal(t, test.attempts, runs.Load())
			if outcome.Error != nil {
				require.Equal(t, int(test.attempts), outcome.Error.Attempts)
			}
			failed := test.attempts
			if test.status == engine.StatusSuccessful {
				failed--
			}
			require.Equal(t, failed, scalar[int64](t, b, `select count(distinct attempt) from weir.attempts where not lost`))
		})
	}
}

func TestRetryWaitsForItsBackoff(t *testing.T) {
	t.Parallel()
	function, _ := flaky(4)
	b := setup(t, function)
	began := time.Now()
	requireOutput(t, "4", b.run(t, "w", with(call("flaky"), engine.Policy{Backoff: 100 * time.Millisecond, Factor: 2, MaxBackoff: 200 * time.Millisecond})))
	require.GreaterOrEqual(t, time.Since(began), 400*time.Millisecond) // 100, 200, 200, each less 20 %
}

func TestPermanentErrorIsNotRetried(t *testing.T) {
	t.Parallel()
	var runs atomic.Int64
	b := setup(t, do("f", func(context.Context, []json.RawMessage) (any, error) {
		runs.Add(1)
		return nil, errors.Join(errors.New("a"), engine.Permanent(errors.New("b")))
	}))
	require.Equal(t, engine.StatusFailed, b.run(t, "w", with(call("f"), atOnce(-1))).Status)
	require.Equal(t, int64(1), runs.Load())
}

func TestTimeoutIsForEachAttempt(t *testing.T) {
	t.Parallel()
	slow := newGate("slow", true)
	b := setup(t, slow.Function)
	policy := atOnce(2)
	policy.Timeout = 20 * time.Millisecond
	outcome := b.run(t, "w", with(call("slow"), policy))
	require.ErrorIs(t, outcome.Error, engine.ErrTimeout)
	require.Equal(t, 3, outcome.Error.Attempts)
	require.Equal(t, int64(3), slow.runs.Load())
	require.ErrorIs(t, context.Cause(slow.enter(t)), engine.ErrTimeout)
}

func TestTimeoutCountsWhateverTheFunctionReturns(t *testing.T) {
	t.Parallel()
	b := setupOn(t, setupLedger(t),
		do("do", func(ctx context.Context, _ []json.RawMessage) (any, error) {
			<-ctx.Done()
			return 7, nil
		}),
		doTx("do_tx", func(ctx context.Context, tx pgx.Tx) error {
			err := enter(ctx, tx)
			<-ctx.Done()
			return err
		}),
		engine.Function{Name: "continue", Continue: func(ctx context.Context, _ []json.RawMessage) (engine.Continuation, error) {
			<-ctx.Done()
			return value(7), nil
		}},
	)
	policy := atOnce(1)
	policy.Timeout = 20 * time.Millisecond
	for _, function := range []string{"do", "do_tx", "continue"} {
		outcome := b.run(t, function, with(call(function), policy))
		require.ErrorIs(t, outcome.Error, engine.ErrTimeout)
		require.Equal(t, 2, outcome.Error.Attempts)
	}
	require.Zero(t, b.ledger(t))
}

func TestWorkerRunsOthersWhileAStepWaitsForItsRetry(t *testing.T) {
	t.Parallel()
	function, _ := flaky(2)
	b := setupWith(t, engine.Config{Pool: setup(t).pool, Functions: []engine.Function{function, addFunction}, Queues: map[string]int{"default": 1}})
	b.start(t, "flaky", with(call("flaky"), engine.Policy{Backoff: time.Hour, MaxBackoff: time.Hour}))
	require.Eventually(t, func() bool { return b.states(t, "flaky")[0] == "scheduled" }, promptly, time.Millisecond)
	requireOutput(t, "1", b.run(t, "other", chain(1)...))
	require.NoError(t, b.Cancel(t.Context(), "flaky", ""))
	requireOutput(t, "2", b.resume(t, "flaky")) // at once: a resume waits for no back-off
}

func TestB4TryCatchesAPlainStep(t *testing.T) {
	t.Parallel()
	fail := do("fail", func(context.Context, []json.RawMessage) (any, error) { return nil, errors.New("broken") })
	b := setup(t, fail, addFunction)
	outcome := b.run(t, "w", with(call("fail"), atOnce(1)), call("add", literal("1")), call(engine.FunctionValue, list(try(0), try(1))))
	requireOutput(t, `[{"error": {"step": "fail", "type": "errors.errorString", "message": "broken", "attempts": 2}}, {"value": 1}]`, outcome)
	require.Equal(t, []string{"failed", "succeeded", "succeeded"}, b.states(t, "w"))
}

func TestFailureIsCaughtOnlyIfEveryDependentCatchesIt(t *testing.T) {
	t.Parallel()
	fail := do("fail", func(context.Context, []json.RawMessage) (any, error) { return nil, errors.New("broken") })
	b := setup(t, fail)
	outcome := b.run(t, "w", with(call("fail"), atOnce(0)), call(engine.FunctionValue, try(0)), call(engine.FunctionValue, list(ref(0), ref(1))))
	require.Equal(t, engine.StatusFailed, outcome.Status)
}
