package engine_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
	"github.com/pgweir/weir/internal/testdb"
)

func TestRolesMayDoWhatTheyAreForAndNoMore(t *testing.T) {
	t.Parallel()
	url := testdb.URL(t)
	reader, client := testdb.As(t, url, "weir_reader"), testdb.As(t, url, "weir_client")
	operator, worker := testdb.As(t, url, "weir_operator"), testdb.As(t, url, "weir_worker")

	runs, err := engine.New(engine.Config{Pool: worker, Functions: []engine.Function{addFunction}})
	require.NoError(t, err)
	require.NoError(t, runs.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, runs.Stop(context.WithoutCancel(t.Context()))) })

	starts, err := engine.New(engine.Config{Pool: client})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, starts.Stop(context.WithoutCancel(t.Context()))) })
	_, err = starts.StartWorkflow(t.Context(), engine.StartParams{ID: "roles", Graph: engine.Graph{Steps: []engine.Step{
		call("add", literal("1")), call("add", literal("1")), call("add", ref(0), ref(1)),
	}}})
	require.NoError(t, err)
	outcome, err := starts.Wait(t.Context(), "roles")
	require.NoError(t, err)
	require.JSONEq(t, "2", string(outcome.Output))

	for _, view := range []string{"workflows", "steps", "attempts", "workers"} {
		_, err := reader.Exec(t.Context(), "select * from weir."+view)
		require.NoError(t, err)
	}
	for _, pool := range []*pgxpool.Pool{reader, client, operator, worker} {
		testdb.Refused(t, pool, "update weir_internal.step set state = 'ready'")
		testdb.Refused(t, pool, "delete from weir_internal.workflow")
	}
	reads, err := engine.New(engine.Config{Pool: reader})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, reads.Stop(context.WithoutCancel(t.Context()))) })
	outcome, err = reads.WaitStep(t.Context(), "roles", "add_1")
	require.NoError(t, err)
	require.JSONEq(t, "1", string(outcome.Output))
	page, err := reads.List(t.Context(), engine.ListParams{Status: []engine.Status{engine.StatusSuccessful}})
	require.NoError(t, err)
	require.Len(t, page.Workflows, 1)
	_, err = reads.StepMetadata(t.Context(), "roles", "add")
	require.NoError(t, err)

	testdb.Refused(t, reader, "select weir.cancel('roles')")
	testdb.Refused(t, client, "select weir.delete('roles')")
	testdb.Refused(t, client, "select weir_internal.worker_retire('x', true)")

	var violations int
	require.NoError(t, reader.QueryRow(t.Context(), "select count(*) from weir.check()").Scan(&violations))
	require.Zero(t, violations)
	_, err = operator.Exec(t.Context(), "select weir.delete('roles')")
	require.NoError(t, err)
}
