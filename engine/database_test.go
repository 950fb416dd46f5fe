package engine_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
	"github.com/pgweir/weir/internal/testdb"
	"github.com/pgweir/weir/migrations"
)

func TestADatabaseThatIsNotWhatItShouldBeIsRefused(t *testing.T) {
	t.Parallel()
	readOnly := testdb.URL(t) + "&default_transaction_read_only=on"
	newer := testdb.URL(t)
	pool, err := pgxpool.New(t.Context(), newer)
	require.NoError(t, err)
	_, err = pool.Exec(t.Context(), "update weir_internal.schema_migrations set version = 999")
	require.NoError(t, err)
	pool.Close()
	older := testdb.URL(t)
	pool, err = pgxpool.New(t.Context(), older)
	require.NoError(t, err)
	_, err = pool.Exec(t.Context(), "update weir_internal.schema_objects set checksum = 'other'")
	require.NoError(t, err)
	pool.Close()

	var newerErr *migrations.NewerError
	for name, test := range map[string]struct {
		url    string
		is     error
		as     any
		starts bool // a start works nevertheless: the schema is there
	}{
		"unreachable":  {url: "postgres://nobody@127.0.0.1:1/none", is: migrations.ErrUnreachable},
		"not migrated": {url: testdb.Empty(t), is: migrations.ErrNotMigrated},
		"read-only":    {url: readOnly, is: migrations.ErrReadOnly},
		"newer":        {url: newer, as: &newerErr, starts: true},
		"older":        {url: older, is: migrations.ErrTooOld, starts: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool, err := pgxpool.New(t.Context(), test.url)
			require.NoError(t, err)
			t.Cleanup(pool.Close)
			for _, functions := range [][]engine.Function{nil, {addFunction}} {
				e, err := engine.New(engine.Config{Pool: pool, Functions: functions})
				require.NoError(t, err)
				err = e.Start(t.Context())
				if test.as != nil {
					require.ErrorAs(t, err, test.as)
				} else {
					require.ErrorIs(t, err, test.is)
				}
				if !test.starts {
					_, err = e.StartWorkflow(t.Context(), engine.StartParams{
						ID: "w", Graph: engine.Graph{Steps: []engine.Step{call("add", literal("1"))}},
					})
					require.ErrorIs(t, err, test.is)
				}
				require.NoError(t, e.Stop(context.WithoutCancel(t.Context())))
			}
		})
	}
}
