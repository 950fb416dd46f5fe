package engine_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
	"github.com/pgweir/weir/internal/testdb"
)

func TestSessionsOfAnotherIsolationAreRefused(t *testing.T) {
	t.Parallel()
	url := testdb.URL(t)
	for level, refused := range map[string]bool{"repeatable read": true, "serializable": true, "read uncommitted": true, "read committed": false} {
		t.Run(level, func(t *testing.T) {
			config, err := pgxpool.ParseConfig(url)
			require.NoError(t, err)
			config.ConnConfig.RuntimeParams["default_transaction_isolation"] = level
			pool, err := pgxpool.NewWithConfig(t.Context(), config)
			require.NoError(t, err)
			t.Cleanup(pool.Close)
			e, err := engine.New(engine.Config{Pool: pool, Functions: []engine.Function{addFunction}})
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, e.Stop(context.WithoutCancel(t.Context()))) })
			err = e.Start(t.Context())
			if !refused {
				require.NoError(t, err)
				return
			}
			var input *engine.InputError
			require.ErrorAs(t, err, &input)
			require.Contains(t, input.Reason, level)
		})
	}
}
