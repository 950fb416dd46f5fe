package engine_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
	"github.com/pgweir/weir/internal/testdb"
)

// DoTx functions keep a connection each for as long as they run.
func TestTxStepsLeaveConnectionsToTheWorker(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes longer than a lease")
	}
	for name, sessionless := range map[string]bool{"with a session lock": false, "without": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := testdb.URL(t)
			watcher, err := pgxpool.New(t.Context(), url)
			require.NoError(t, err)
			t.Cleanup(watcher.Close)
			config, err := pgxpool.ParseConfig(url)
			require.NoError(t, err)
			config.MaxConns = 4
			pool, err := pgxpool.NewWithConfig(t.Context(), config)
			require.NoError(t, err)
			t.Cleanup(pool.Close)

			const steps = 6
			entered, opened := make(chan struct{}, steps), make(chan struct{})
			b := setupWith(t, engine.Config{
				Pool: pool, DisableSessionLock: sessionless,
				Functions: []engine.Function{addFunction, doTx("pay", func(ctx context.Context, _ pgx.Tx) error {
					entered <- struct{}{}
					select {
					case <-opened:
						return nil
					case <-ctx.Done():
						return context.Cause(ctx)
					}
				})},
			})
			for i := range steps {
				b.start(t, numbered("pay", i), call("pay"))
			}
			receive(t, entered)
			began := time.Now()
			for i := 0; time.Since(began) < 6*time.Second; i++ { // longer than a lease
				requireOutput(t, "1", b.run(t, numbered("free", i), chain(2)...))
			}
			var workers []string
			var beat time.Time
			require.NoError(t, watcher.QueryRow(t.Context(), `select array_agg(id), max(beat_at) from weir.workers`).Scan(&workers, &beat))
			require.Len(t, workers, 1)
			require.Less(t, time.Since(beat), 5*time.Second)

			close(opened)
			for i := range steps {
				requireOutput(t, "1", b.wait(t, numbered("pay", i)))
			}
			require.Zero(t, scalar[int](t, b, `select count(*)::int from weir.attempts`))
			require.Len(t, entered, steps-1)
		})
	}
}
