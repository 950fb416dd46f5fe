package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/internal/testdb"
)

// setupNeighbours is an engine with a function "work" and one, "held", that tells
// when it runs and ends when it is let.
func setupNeighbours(t *testing.T) (e *Engine, r *rig, entered, let chan struct{}) {
	t.Helper()
	pool := testdb.New(t)
	entered, let = make(chan struct{}), make(chan struct{})
	e, err := New(Config{Pool: pool, Functions: []Function{
		{Name: "work", Do: func(context.Context, []json.RawMessage) (json.RawMessage, error) { return json.RawMessage("1"), nil }},
		{Name: "held", Do: func(context.Context, []json.RawMessage) (json.RawMessage, error) {
			entered <- struct{}{}
			<-let
			return json.RawMessage("1"), nil
		}},
	}})
	require.NoError(t, err)
	require.NoError(t, e.Start(t.Context()))
	r = &rig{ctx: t.Context(), pool: pool, db: pool}
	t.Cleanup(func() {
		require.NoError(t, e.Stop(context.WithoutCancel(t.Context())))
		(&rig{ctx: context.Background(), pool: pool, db: pool}).requireSound(t)
	})
	return e, r, entered, let
}

func (r *rig) runOn(t *testing.T, e *Engine, id string, functions ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(r.ctx, promptly)
	defer cancel()
	var steps []Step
	for i, function := range functions {
		step := Step{Name: "s", Function: function}
		if i > 0 {
			step.After = []int{i - 1}
		}
		steps = append(steps, step)
	}
	started, err := e.StartWorkflow(ctx, StartParams{ID: id, Graph: Graph{Steps: steps}})
	require.NoError(t, err)
	outcome, err := e.WaitStarted(ctx, started)
	require.NoError(t, err)
	require.Equal(t, StatusSuccessful, outcome.Status)
}

func TestLockedWorkflowHoldsUpNobodyElse(t *testing.T) {
	t.Parallel()
	e, r, entered, let := setupNeighbours(t)
	_, err := e.StartWorkflow(r.ctx, StartParams{ID: "locked", Graph: Graph{Steps: []Step{{Name: "s", Function: "held"}, {Name: "t", Function: "work", After: []int{0}}}}})
	require.NoError(t, err)
	<-entered
	_, tx := r.begin(t)
	require.NoError(t, e.CancelTx(r.ctx, tx, "locked", ""))
	close(let) // its checkpoint waits for the transaction

	for i := range 20 {
		r.runOn(t, e, fmt.Sprint("free-", i), "work", "work") // also what the transaction's owner waits for
	}
	require.NoError(t, tx.Rollback(r.ctx))
	ctx, cancel := context.WithTimeout(r.ctx, promptly)
	defer cancel()
	outcome, err := e.Wait(ctx, "locked")
	require.NoError(t, err)
	require.Equal(t, StatusSuccessful, outcome.Status)
}

func TestStartThatWaitsHoldsUpNobodyElse(t *testing.T) {
	t.Parallel()
	e, r, _, _ := setupNeighbours(t)
	_, tx := r.begin(t)
	params := StartParams{ID: "taken", Graph: Graph{Steps: []Step{{Name: "s", Function: "work"}}}}
	_, err := e.StartWorkflowTx(r.ctx, tx, params)
	require.NoError(t, err)

	second := make(chan error, 1)
	go func() {
		_, err := e.StartWorkflow(r.ctx, params)
		second <- err
	}()
	for range 20 {
		r.runOn(t, e, "free", "work")
		require.NoError(t, r.delete("free"))
	}
	require.NoError(t, tx.Commit(r.ctx))
	require.NoError(t, <-second)
}
