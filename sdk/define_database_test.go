package sdk_test

import (
	"errors"
	"fmt"
	"math"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/sdk"
)

// power is a graph that has itself as a node.
var power = sdk.Definition[[2]int, int]{Name: "power"}

func buildPower(of [2]int) sdk.Ref[int] {
	if of[1] == 0 {
		return sdk.Val(1)
	}
	return Times.Bind(sdk.Val(of[0]), power.Call([2]int{of[0], of[1] - 1}))
}

func TestOneWorkflowIsStartedByTypesByNameAndBySQL(t *testing.T) {
	t.Parallel()
	b := setup(t, power.Build(buildPower), Times.Do(times))
	typed, err := power.Start(b.ctx, b.client, [2]int{2, 10}, sdk.StartOpts{ID: "w", Metadata: map[string]any{"by": "go"}})
	require.NoError(t, err)
	require.True(t, typed.Created())
	got, err := typed.Wait(b.ctx)
	require.NoError(t, err)
	require.Equal(t, 1024, got)

	named, err := b.client.StartNamed(b.ctx, "power", []float64{2, 10}, sdk.StartOpts{ID: "w"})
	require.NoError(t, err)
	require.False(t, named.Created())
	require.True(t, named.SameGraph())
	output, err := named.Wait(b.ctx)
	require.NoError(t, err)
	require.Equal(t, "1024", string(output))

	_, err = b.pool.Exec(b.ctx, `select weir.start('power', '[2.0, 1e1]', 'w'), weir.start('power', '[3, 2]', 'v')`)
	require.NoError(t, err)
	typed, err = power.Start(b.ctx, b.client, [2]int{3, 2}, sdk.StartOpts{ID: "v"})
	require.NoError(t, err)
	require.False(t, typed.Created())
	require.True(t, typed.SameGraph())
	got, err = typed.Wait(b.ctx)
	require.NoError(t, err)
	require.Equal(t, 9, got)

	var workflows string
	require.NoError(t, b.pool.QueryRow(b.ctx, `
select string_agg(concat_ws(' ', workflow_id, name, metadata), ', ' order by created_at) from weir.workflows`).Scan(&workflows))
	require.Equal(t, `w power {"by": "go"}, v power {}`, workflows)
}

func TestStartByNameIsOfItsTransaction(t *testing.T) {
	t.Parallel()
	b := setup(t, power.Build(buildPower), Times.Do(times))
	tx, err := b.pool.Begin(b.ctx)
	require.NoError(t, err)
	_, err = power.StartTx(b.ctx, b.client, tx, [2]int{2, 1}, sdk.StartOpts{ID: "typed"})
	require.NoError(t, err)
	_, err = b.client.StartNamedTx(b.ctx, tx, "power", [2]int{2, 1}, sdk.StartOpts{ID: "named"})
	require.NoError(t, err)
	require.NoError(t, tx.Rollback(b.ctx))
	for _, id := range []string{"typed", "named"} {
		_, err := b.client.Status(b.ctx, id)
		require.ErrorIs(t, err, sdk.ErrNotFound)
	}
}

func TestNameThatNobodyKnowsWaitsForAWorker(t *testing.T) {
	t.Parallel()
	b := setup(t)
	handle, err := b.client.StartNamed(b.ctx, "power", [2]int{2, 3}, sdk.StartOpts{})
	require.NoError(t, err)
	var state, function string
	require.NoError(t, b.pool.QueryRow(b.ctx, `select state, function from weir.steps where workflow_id = $1`, handle.ID()).Scan(&state, &function))
	require.Equal(t, []string{"ready", "power"}, []string{state, function})

	worker, err := sdk.New(sdk.Config{Pool: b.pool, Handlers: []sdk.Handler{power.Build(buildPower), Times.Do(times)}})
	require.NoError(t, err)
	require.NoError(t, worker.Start(b.ctx))
	defer func() { require.NoError(t, worker.Stop(b.ctx)) }()
	output, err := handle.Wait(b.ctx)
	require.NoError(t, err)
	require.Equal(t, "8", string(output))
}

func TestMistakeInADefinedGraphFailsItsStepAtOnce(t *testing.T) {
	t.Parallel()
	bad := sdk.Define("bad", func(how string) sdk.Ref[float64] {
		return map[string]sdk.Ref[float64]{
			"value": sdk.Val(math.NaN()),
			"queue": sdk.Val(1.0).With(sdk.NodeOpts{Queue: "A b"}),
		}[how]
	})
	b := setup(t, bad.Handler())
	for how, reason := range map[string]string{"value": "NaN", "queue": "no queue name", "empty": "is an empty Ref"} {
		_, err := bad.Run(b.ctx, b.client, how, sdk.StartOpts{})
		require.ErrorIs(t, err, sdk.ErrInput)
		require.ErrorContains(t, err, reason)
		failed, ok := errors.AsType[*sdk.StepError](err)
		require.True(t, ok)
		require.Equal(t, "bad", failed.Step)
		require.Equal(t, 1, failed.Attempts)
	}
}

func TestStartsOfOneIDFromGoAndSQLAtOnceMakeOneWorkflow(t *testing.T) {
	t.Parallel()
	b := setup(t, power.Build(buildPower), Times.Do(times))
	var starts sync.WaitGroup
	created := make(chan bool, 10)
	for i := range 10 {
		starts.Go(func() {
			if _, err := b.pool.Exec(b.ctx, `select weir.start('power', '[2, 5]', 'w')`); err != nil {
				t.Error(err)
			}
		})
		starts.Go(func() {
			handle, err := power.Start(b.ctx, b.client, [2]int{2, 5}, sdk.StartOpts{ID: "w"})
			if err != nil || !handle.SameGraph() {
				t.Error(fmt.Errorf("start %d: same graph: %v: %w", i, handle.SameGraph(), err))
			}
			created <- handle.Created()
		})
	}
	starts.Wait()
	close(created)
	byGo := 0
	for c := range created {
		if c {
			byGo++
		}
	}
	require.LessOrEqual(t, byGo, 1)
	got, err := sdk.Attach[int](b.client, "w").Wait(b.ctx)
	require.NoError(t, err)
	require.Equal(t, 32, got)
	var steps int
	require.NoError(t, b.pool.QueryRow(b.ctx, `select count(*) from weir.steps where attempt = 1`).Scan(&steps))
	require.Equal(t, 11, steps, "six graphs and five products")
}
