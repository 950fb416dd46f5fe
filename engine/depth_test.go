package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
	"github.com/pgweir/weir/internal/testdb"
)

const abyssDepth = 2000

// abyss is a function that calls itself down to a step which fails unless it is
// told otherwise, and adds 1 on each level of the way back.
type abyss struct {
	*testBundle
	bottom chan struct{}
	fail   chan bool
	falls  atomic.Int64
}

// setupAbyss is a database whose statistics know small workflows only.
func setupAbyss(t *testing.T) *abyss {
	t.Helper()
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	a := &abyss{bottom: make(chan struct{}, 10), fail: make(chan bool, 2)}
	a.testBundle = setupOn(t, testdb.New(t), addFunction,
		grow("deep", func(n int) engine.Continuation {
			if n == 0 {
				return returned(call("bottom"))
			}
			return returned(call("deep", number(n-1)), call("add", ref(0), literal("1")))
		}),
		do("bottom", func(ctx context.Context, _ []json.RawMessage) (any, error) {
			a.falls.Add(1)
			a.bottom <- struct{}{}
			select {
			case fail := <-a.fail:
				if fail {
					return nil, engine.Permanent(errors.New("bottom"))
				}
				return 0, nil
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			}
		}),
	)
	a.forgetAfter(t, 2000)
	return a
}

// forgetAfter starts workflows of one step that nobody runs, and has the server
// know of no others.
func (b *testBundle) forgetAfter(t *testing.T, n int) {
	t.Helper()
	for _, table := range []string{"workflow", "step", "timer"} {
		_, err := b.pool.Exec(t.Context(), `alter table weir_internal.`+table+` set (autovacuum_enabled = false)`)
		require.NoError(t, err)
	}
	params := make([]engine.StartParams, n)
	for i := range params {
		params[i] = engine.StartParams{ID: fmt.Sprint("small-", i), Graph: graph(call("nobody_knows"))}
	}
	_, err := b.StartWorkflows(t.Context(), params)
	require.NoError(t, err)
	_, err = b.pool.Exec(t.Context(), `analyze`)
	require.NoError(t, err)
}

// requireSoundSoon has weir.check find nothing within 10 s.
func (b *testBundle) requireSoundSoon(t *testing.T) {
	t.Helper()
	tx, err := b.pool.Begin(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, tx.Rollback(context.WithoutCancel(t.Context()))) }()
	_, err = tx.Exec(t.Context(), `set local statement_timeout = '10s'`)
	require.NoError(t, err)
	var violations int
	require.NoError(t, tx.QueryRow(t.Context(), `select count(*) from weir.check()`).Scan(&violations))
	require.Zero(t, violations)
}

func TestFailureAtADepthEndsTheWorkflowAtOnce(t *testing.T) {
	t.Parallel()
	a := setupAbyss(t)
	a.start(t, "w", call("deep", number(abyssDepth)))
	receive(t, a.bottom)
	a.requireSoundSoon(t)
	a.fail <- true
	require.Equal(t, engine.StatusFailed, a.wait(t, "w").Status)
	require.Equal(t, int64(1), a.falls.Load(), "the failure took longer than it has")
	a.requireSoundSoon(t)

	a.fail <- false
	requireOutput(t, fmt.Sprint(abyssDepth), a.resume(t, "w"))
	require.Equal(t, int64(2), a.falls.Load())
	a.requireSoundSoon(t)
}

func TestFailureAtADepthIsCaughtAtOnce(t *testing.T) {
	t.Parallel()
	a := setupAbyss(t)
	a.start(t, "w", call("deep", number(abyssDepth)), call(engine.FunctionValue, try(0)))
	receive(t, a.bottom)
	a.fail <- true
	outcome := a.wait(t, "w")
	require.Equal(t, engine.StatusSuccessful, outcome.Status)
	require.Contains(t, string(outcome.Output), `"bottom"`)
	require.Equal(t, int64(1), a.falls.Load(), "the failure took longer than it has")
	a.requireSoundSoon(t)
}

func TestCancelAtADepthIsTakenBack(t *testing.T) {
	t.Parallel()
	a := setupAbyss(t)
	a.start(t, "w", call("deep", number(abyssDepth)))
	receive(t, a.bottom)
	require.NoError(t, a.Cancel(t.Context(), "w", ""))
	a.fail <- false
	a.fail <- false // for the second body, should the first have ended with the one above
	requireOutput(t, fmt.Sprint(abyssDepth), a.resume(t, "w"))
	a.requireSoundSoon(t)
}

func TestCheckIsSoonDoneWhateverTheStatisticsSay(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	b := setup(t)
	b.forgetAfter(t, 100)
	params := make([]engine.StartParams, 20_000)
	for i := range params {
		params[i] = engine.StartParams{ID: fmt.Sprint("sleeper-", i), Graph: graph(sleep(3600))}
	}
	_, err := b.StartWorkflows(t.Context(), params)
	require.NoError(t, err)
	b.requireSoundSoon(t)
}
