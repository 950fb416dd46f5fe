package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
)

func TestStartOfAnIDThatExists(t *testing.T) {
	t.Parallel()
	broken, repair := repairable("broken")
	b := setup(t, broken, addFunction)
	start := func(id string, existing engine.OnExisting, steps ...engine.Step) (engine.Started, error) {
		return b.StartWorkflow(t.Context(), engine.StartParams{ID: id, Graph: graph(steps...), OnExisting: existing})
	}
	step := with(call("broken"), atOnce(0))
	b.run(t, "failed", step)
	b.run(t, "done", chain(2)...)
	b.start(t, "running", call("nobody_knows"))

	started, err := start("failed", engine.OnExistingReject, step)
	require.ErrorIs(t, err, engine.ErrExists)
	require.False(t, started.Created)
	started, err = start("failed", engine.OnExistingAttach, step, call("add", ref(0)))
	require.NoError(t, err)
	require.Equal(t, engine.Started{Key: started.Key, ID: "failed", Status: engine.StatusFailed}, started)
	repair()
	started, err = start("failed", engine.OnExistingResume, step)
	require.NoError(t, err)
	require.Equal(t, engine.Started{Key: started.Key, ID: "failed", Status: engine.StatusRunning, SameGraph: true}, started)
	requireOutput(t, "1", b.wait(t, "failed"))

	for _, existing := range []engine.OnExisting{engine.OnExistingResume, engine.OnExistingAttach} {
		started, err = start("done", existing, chain(2)...)
		require.NoError(t, err)
		require.Equal(t, engine.StatusSuccessful, started.Status)
		started, err = start("running", existing, chain(2)...)
		require.NoError(t, err)
		require.Equal(t, engine.StatusRunning, started.Status)
		require.False(t, started.SameGraph)
	}
	require.Equal(t, []string{"ready"}, b.states(t, "running"))
}

func TestStartsOfOneIDFromManyGoroutinesMakeOneWorkflow(t *testing.T) {
	t.Parallel()
	count, runs := counting("count")
	b := setup(t, count)
	other := setupOn(t, b.pool, count)
	var (
		all     sync.WaitGroup
		created = make(chan bool, 40)
	)
	for i := range 40 {
		all.Go(func() {
			e := []*testBundle{b, other}[i%2]
			started, err := e.StartWorkflow(t.Context(), engine.StartParams{ID: "w", Graph: graph(call("count"))})
			if err != nil {
				t.Error(err)
			}
			created <- started.Created
		})
	}
	all.Wait()
	close(created)
	n := 0
	for c := range created {
		if c {
			n++
		}
	}
	require.Equal(t, 1, n)
	requireOutput(t, "1", b.wait(t, "w"))
	require.Equal(t, int64(1), runs.Load())
}

func TestStartTxIsOfItsTransaction(t *testing.T) {
	t.Parallel()
	b := setup(t, addFunction)
	params := engine.StartParams{ID: "w", Graph: graph(chain(3)...), Metadata: json.RawMessage(`{"k": "v"}`), Name: "report"}
	for _, commit := range []bool{false, true} {
		tx, err := b.pool.Begin(t.Context())
		require.NoError(t, err)
		started, err := b.StartWorkflowTx(t.Context(), tx, params)
		require.NoError(t, err)
		require.True(t, started.Created)
		_, err = b.Status(t.Context(), "w")
		require.ErrorIs(t, err, engine.ErrNotFound)
		if !commit {
			require.NoError(t, tx.Rollback(t.Context()))
			require.Zero(t, scalar[int](t, b, `select count(*)::int from weir_internal.river_job`))
			continue
		}
		require.NoError(t, tx.Commit(t.Context()))
		outcome, err := b.WaitStarted(t.Context(), started)
		require.NoError(t, err)
		requireOutput(t, "1", outcome)
	}
	require.JSONEq(t, `{"k": "v"}`, scalar[string](t, b, `select metadata::text from weir.workflows where name = 'report'`))
}

func TestManyStartsAreIndependent(t *testing.T) {
	t.Parallel()
	b := setup(t, addFunction)
	var params []engine.StartParams
	for i := range 300 {
		params = append(params, engine.StartParams{ID: numbered("w", i), Graph: graph(chain(2)...), OnExisting: engine.OnExistingReject})
	}
	b.start(t, "w-7", chain(1)...)
	params = append(params, params[8]) // twice in one call
	started, err := b.StartWorkflows(t.Context(), params)
	require.ErrorIs(t, err, engine.ErrExists)
	require.ErrorContains(t, err, "params[7]")
	require.Len(t, started, 301)
	created := 0
	for i, s := range started {
		require.Equal(t, params[i].ID, s.ID)
		if s.Created {
			created++
		}
	}
	require.Equal(t, 299, created)
	for i := range 300 {
		requireOutput(t, "1", b.wait(t, numbered("w", i)))
	}
}

func TestManyStartsWithABadOneStoreNothing(t *testing.T) {
	t.Parallel()
	b := setup(t, addFunction)
	good := engine.StartParams{ID: "good", Graph: graph(chain(2)...)}
	_, err := b.StartWorkflows(t.Context(), []engine.StartParams{good, {ID: "", Graph: good.Graph}, {ID: "bad"}})
	require.ErrorContains(t, err, "params[1]: id")
	require.ErrorContains(t, err, "params[2]: steps")
	require.Zero(t, scalar[int](t, b, `select count(*)::int from weir.workflows`))
}

func TestStartThatOnlyTheServerRefusesHurtsNoNeighbour(t *testing.T) {
	t.Parallel()
	b := setup(t, addFunction)
	_, err := b.pool.Exec(t.Context(), `alter table weir_internal.workflow add constraint no_bad check (workflow_id not like 'bad%')`)
	require.NoError(t, err)
	var params []engine.StartParams
	for i := range 50 {
		id := numbered("w", i)
		if i == 17 || i == 31 {
			id = numbered("bad", i)
		}
		params = append(params, engine.StartParams{ID: id, Graph: graph(chain(2)...)})
	}
	started, err := b.StartWorkflows(t.Context(), params)
	require.ErrorContains(t, err, "params[17]")
	require.ErrorContains(t, err, "params[31]")
	for i, s := range started {
		require.Equal(t, i != 17 && i != 31, s.Created, fmt.Sprint(i))
	}
	require.Equal(t, 48, scalar[int](t, b, `select count(*)::int from weir.workflows`))
}

func TestStartThatIsCancelledBeforeItIsSentStoresNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := b.StartWorkflow(ctx, engine.StartParams{ID: "w", Graph: graph(chain(1)...)})
	require.ErrorIs(t, err, context.Canceled)
	require.Zero(t, scalar[int](t, b, `select count(*)::int from weir.workflows`))
}
