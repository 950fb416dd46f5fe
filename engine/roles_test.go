package engine_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
	"github.com/pgweir/weir/internal/testdb"
)

// as returns a pool whose sessions have the rights of a role.
func as(t *testing.T, url, role string) *pgxpool.Pool {
	t.Helper()
	config, err := pgxpool.ParseConfig(url)
	require.NoError(t, err)
	config.ConnConfig.RuntimeParams["role"] = role
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return pool
}

func refused(t *testing.T, pool *pgxpool.Pool, sql string) {
	t.Helper()
	_, err := pool.Exec(t.Context(), sql)
	var pgErr *pgconn.PgError
	require.ErrorAs(t, err, &pgErr, sql)
	require.Equal(t, "42501", pgErr.Code, sql)
}

func TestRolesMayDoWhatTheyAreForAndNoMore(t *testing.T) {
	t.Parallel()
	url := testdb.URL(t)
	reader, client := as(t, url, "weir_reader"), as(t, url, "weir_client")
	operator, worker := as(t, url, "weir_operator"), as(t, url, "weir_worker")

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
		refused(t, pool, "update weir_internal.step set state = 'ready'")
		refused(t, pool, "delete from weir_internal.workflow")
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

	refused(t, reader, "select weir.cancel('roles')")
	refused(t, client, "select weir.delete('roles')")
	refused(t, client, "select weir_internal.worker_retire('x', true)")

	var violations int
	require.NoError(t, reader.QueryRow(t.Context(), "select count(*) from weir.check()").Scan(&violations))
	require.Zero(t, violations)
	_, err = operator.Exec(t.Context(), "select weir.delete('roles')")
	require.NoError(t, err)
}
