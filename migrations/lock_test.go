package migrations_test

import (
	"context"
	"testing"
	"time"

	"github.com/golang-migrate/migrate/v4/database"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/migrations"
)

// longest is for what must happen at all; nothing waits that long when it does.
const longest = 30 * time.Second

const noneWaits = `
	select not exists (
	  select
	  from pg_locks as l
	  join pg_database as d on d.oid = l.database
	  where d.datname = current_database() and l.locktype = 'advisory' and not l.granted
	)`

// waiting returns once a session of the database waits for a lock and has done so for at least that long.
func waiting(t *testing.T, conn *pgx.Conn, atLeast time.Duration) {
	t.Helper()
	eventually(t, conn, `
		select exists (
		  select
		  from pg_stat_activity
		  where datname = current_database() and wait_event_type = 'Lock' and clock_timestamp() - query_start > $1::interval
		)`, atLeast.String())
}

// eventually asks the server until it says true.
func eventually(t *testing.T, conn *pgx.Conn, sql string, args ...any) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), longest)
	defer cancel()
	for {
		var is bool
		require.NoError(t, conn.QueryRow(ctx, sql, args...).Scan(&is), "it never came to be: %s", sql)
		if is {
			return
		}
	}
}

func TestUpWaitsForTheLockWhateverTheLimits(t *testing.T) {
	t.Parallel()
	config := setup(t)
	holder := open(t, config)
	_, err := holder.Exec(t.Context(), `select pg_advisory_lock($1)`, migrations.LockKey)
	require.NoError(t, err)
	execSQL(t, config, `alter database `+pgx.Identifier{config.Database}.Sanitize()+` set lock_timeout = '1ms'`)

	done := make(chan error, 1)
	go func() { done <- migrations.Up(t.Context(), config) }()
	waiting(t, holder, 20*time.Millisecond)
	require.Zero(t, scan[int](t, config, `select count(*) from pg_namespace where nspname like 'weir%'`), "it works without the lock")
	_, err = holder.Exec(t.Context(), `select pg_advisory_unlock($1)`, migrations.LockKey)
	require.NoError(t, err)
	require.NoError(t, <-done)
}

// The lock must not be granted later to someone who has stopped waiting.
func TestEndOfContextEndsTheWaitInTheServer(t *testing.T) {
	t.Parallel()
	config := setup(t)
	holder := open(t, config)
	_, err := holder.Exec(t.Context(), `select pg_advisory_lock($1)`, migrations.LockKey)
	require.NoError(t, err)

	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- migrations.Up(ctx, config) }()
	waiting(t, holder, 0)
	cancel()
	require.ErrorIs(t, <-done, context.Canceled)
	eventually(t, holder, noneWaits)

	_, err = holder.Exec(t.Context(), `select pg_advisory_unlock($1)`, migrations.LockKey)
	require.NoError(t, err)
	require.NoError(t, migrations.Up(t.Context(), config))
}

// golang-migrate waits for its lock without a context, and its driver may get it after all.
func TestEndOfContextEndsTheWaitForGolangMigratesLock(t *testing.T) {
	t.Parallel()
	config := setup(t)
	holder := open(t, config)
	theirs, err := database.GenerateAdvisoryLockId(config.Database, "weir_internal", "schema_migrations")
	require.NoError(t, err)
	_, err = holder.Exec(t.Context(), `select pg_advisory_lock($1)`, theirs)
	require.NoError(t, err)

	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- migrations.Up(ctx, config) }()
	waiting(t, holder, 0)
	cancel()
	require.ErrorIs(t, <-done, context.Canceled)
	eventually(t, holder, noneWaits)

	_, err = holder.Exec(t.Context(), `select pg_advisory_unlock($1)`, theirs)
	require.NoError(t, err)
	require.NoError(t, migrations.Up(t.Context(), config))
	require.NoError(t, migrations.Verify(t.Context(), config))
}

func TestDeadlineWhileWaitingIsTold(t *testing.T) {
	t.Parallel()
	config := setup(t)
	holder := open(t, config)
	_, err := holder.Exec(t.Context(), `select pg_advisory_lock($1)`, migrations.LockKey)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	err = migrations.Up(ctx, config)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}
