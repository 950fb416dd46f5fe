package engine_test

import (
	"context"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
	"github.com/pgweir/weir/internal/testdb"
)

// After the first workflow its thread waits for the next, which needs no fetch, no
// claim and no statement for its end.
func TestWorkflowAfterWorkflowIsAStartAndItsCheckpoints(t *testing.T) {
	t.Parallel()
	b, counted := setupTraced(t, addFunction)
	b.run(t, "warm", chain(3)...)
	counted.reset()
	const workflows = 50
	for i := range workflows {
		b.run(t, "w"+strconv.Itoa(i), chain(3)...)
	}
	counts := counted.reset()
	require.Equal(t, workflows, counts["start"]+counts["start_here"])
	require.Equal(t, 3*workflows, counts["advance"])
	// On a machine that is busy a thread may have gone before the next start came.
	require.Greater(t, counts["start_here"], workflows/2, "%v", counts)
	require.LessOrEqual(t, counts["claim"], 1+workflows-counts["start_here"], "%v", counts)
	require.LessOrEqual(t, counts["complete"], workflows-counts["start_here"]+1, "%v", counts)
}

// With one slot, which its thread has, there is none to keep for what comes.
func TestThreadDoesNotLingerWhereSlotsAreScarce(t *testing.T) {
	t.Parallel()
	counted, pool := tracedPool(t)
	b := setupWith(t, engine.Config{Pool: pool, Functions: []engine.Function{addFunction}, Queues: map[string]int{"default": 1}})
	b.run(t, "warm", chain(3)...)
	counted.reset()
	for i := range 10 {
		b.run(t, "w"+strconv.Itoa(i), chain(3)...)
	}
	counts := counted.reset()
	require.Equal(t, 10, counts["start"])
	require.Equal(t, 10, counts["claim"])
	require.Zero(t, counts["start_here"])
}

// Whoever lost the answer to a start doesn't know what its thread was handed, and
// gives it back at once.
func TestStartWhoseAnswerIsLostGoesOn(t *testing.T) {
	t.Parallel()
	armed := new(atomic.Bool)
	b := setupOn(t, breakingPool(t, testdb.New(t), severed{on: "doubtful", armed: armed}), addFunction)
	handed := 0
	for i := range 20 {
		b.run(t, "warm-"+strconv.Itoa(i), chain(3)...)
		id := "doubtful-" + strconv.Itoa(i)
		armed.Store(true)
		_, err := b.StartWorkflow(t.Context(), engine.StartParams{ID: id, Graph: graph(chain(3)...)})
		require.Error(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second) // the reconciliation takes longer
		outcome, err := b.Wait(ctx, id)
		cancel()
		require.NoError(t, err)
		require.Equal(t, engine.StatusSuccessful, outcome.Status)
		handed += scalar[int](t, b, `select count(*)::int from weir.steps where workflow_id = $1 and started_at = created_at`, id)
	}
	require.NotZero(t, handed)
}
