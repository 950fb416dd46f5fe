package migrations_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/migrations"
)

// gate is a lock that the files of these tests stop at.
const gate = 4711

// gated is a next release whose table file stops in its middle while conn holds the gate.
func gated(t *testing.T, config *pgx.ConnConfig) (holder *pgx.Conn, files map[string]string) {
	t.Helper()
	holder = open(t, config)
	_, err := holder.Exec(t.Context(), `select pg_advisory_lock($1)`, gate)
	require.NoError(t, err)
	_, name := next(t)
	return holder, map[string]string{
		name + ".up.sql":   fmt.Sprintf(`create table weir_internal.half (id int); select pg_advisory_xact_lock(%d); -- no newline`, gate),
		name + ".down.sql": `drop table weir_internal.half`,
	}
}

func terminateWaiting(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	_, err := conn.Exec(t.Context(), `
		select pg_terminate_backend(pid)
		from pg_stat_activity
		where datname = current_database() and wait_event_type = 'Lock'`)
	require.NoError(t, err)
}

func requireNoHalf(t *testing.T, config *pgx.ConnConfig) {
	t.Helper()
	require.True(t, scan[bool](t, config, `select to_regclass('weir_internal.half') is null`))
}

func TestFileThatFailsIsRolledBackAndRunAgain(t *testing.T) {
	t.Parallel()
	config := setup(t)
	version, name := next(t)
	broken := map[string]string{
		name + ".up.sql":   "create table weir_internal.half (id int);\nselect 1 / 0;",
		name + ".down.sql": "drop table weir_internal.half",
	}
	err := migrations.UpTo(t.Context(), with(t, broken), config)
	require.ErrorContains(t, err, fmt.Sprintf("migrating to version %d", version))
	require.ErrorContains(t, err, "division by zero")
	requireNoHalf(t, config)
	state, err := migrations.Status(t.Context(), config)
	require.NoError(t, err)
	require.Equal(t, version-1, state.Version)
	require.False(t, state.Dirty)

	broken[name+".up.sql"] = "create table weir_internal.half (id int)"
	fixed := with(t, broken)
	require.NoError(t, migrations.UpTo(t.Context(), fixed, config))
	require.NoError(t, migrations.VerifyWith(t.Context(), fixed, config))
	require.Equal(t, &migrations.NewerError{Part: "weir", Have: version, Know: version - 1}, migrations.Up(t.Context(), config))

	broken[name+".down.sql"] = "drop table weir_internal.half; select 1 / 0"
	require.ErrorContains(t, migrations.DownFrom(t.Context(), with(t, broken), config), "division by zero")
	require.NoError(t, migrations.UpTo(t.Context(), fixed, config))
	require.NoError(t, migrations.VerifyWith(t.Context(), fixed, config))
	require.NoError(t, migrations.DownFrom(t.Context(), fixed, config))
}

func TestEndOfContextInAFileRollsItBack(t *testing.T) {
	t.Parallel()
	config := setup(t)
	holder, more := gated(t, config)
	files := with(t, more)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- migrations.UpTo(ctx, files, config) }()
	waiting(t, holder, 0)
	cancel()
	require.ErrorIs(t, <-done, context.Canceled)
	requireNoHalf(t, config)

	require.NoError(t, holder.Close(t.Context()))
	require.NoError(t, migrations.UpTo(t.Context(), files, config))
	require.NoError(t, migrations.VerifyWith(t.Context(), files, config))
}

// The session dies in the middle of a file, as it does with its process.
func TestLostProcessLeavesADirtyVersionAndTheWayOut(t *testing.T) {
	t.Parallel()
	config := setup(t)
	holder, more := gated(t, config)
	files := with(t, more)
	version, _ := next(t)
	done := make(chan error, 1)
	go func() { done <- migrations.UpTo(t.Context(), files, config) }()
	waiting(t, holder, 0)
	terminateWaiting(t, holder)
	require.Error(t, <-done)
	require.NoError(t, holder.Close(t.Context()))

	err := migrations.UpTo(t.Context(), files, config)
	dirty, ok := errors.AsType[*migrations.DirtyError](err)
	require.Truef(t, ok, "got %v", err)
	require.Equal(t, version, dirty.Version)
	requireNoHalf(t, config)

	remedy := regexp.MustCompile(`on the way up, run: ([^;]*;)`).FindStringSubmatch(dirty.Error())
	require.NotNil(t, remedy, dirty.Error())
	execSQL(t, config, remedy[1])
	require.NoError(t, migrations.UpTo(t.Context(), files, config))
	require.NoError(t, migrations.VerifyWith(t.Context(), files, config))
}

// The session dies after a file's commit, where golang-migrate would set its mark in a transaction of its own.
func TestFileThatWasCommittedIsNeverDirty(t *testing.T) {
	t.Parallel()
	config := setup(t)
	holder, more := gated(t, config)
	files := with(t, more)
	done := make(chan error, 1)
	go func() { done <- migrations.UpTo(t.Context(), files, config) }()
	waiting(t, holder, 0)
	reader := open(t, config)
	_, err := reader.Exec(t.Context(), `begin; select from weir_internal.schema_migrations`) // stops a truncate, but no update
	require.NoError(t, err)
	_, err = holder.Exec(t.Context(), `select pg_advisory_unlock($1)`, gate)
	require.NoError(t, err)
	eventually(t, holder, `select to_regclass('weir_internal.half') is not null`)
	waiting(t, holder, 0)
	terminateWaiting(t, holder)
	require.Error(t, <-done)
	require.NoError(t, reader.Close(t.Context()))

	require.NoError(t, migrations.UpTo(t.Context(), files, config))
	require.NoError(t, migrations.VerifyWith(t.Context(), files, config))
}

func TestBrokenFunctionIsNamedAndChangesNothing(t *testing.T) {
	t.Parallel()
	config := setup(t)
	require.NoError(t, migrations.Up(t.Context(), config))
	want := dump(t, config)
	err := migrations.UpTo(t.Context(), with(t, map[string]string{
		"functions/broken.sql": "-- A comment.\ncreate function weir.broken()\nreturns nothing\nlanguage sql as 'select 1';",
	}), config)
	require.ErrorContains(t, err, "creating functions/broken.sql")
	requireSame(t, want, dump(t, config), "something was touched")
	require.NoError(t, migrations.Verify(t.Context(), config))

	err = migrations.UpTo(t.Context(), with(t, map[string]string{"views/9_broken.sql": "create view\nweir.broken\nas selec 1"}), config)
	require.ErrorContains(t, err, "creating views/9_broken.sql:3")
}

// A worker holds a row of a table whose trigger is replaced, and asks for a view that is dropped by then.
func TestDeadlockWithAWorkerIsNoError(t *testing.T) {
	t.Parallel()
	config := setup(t)
	require.NoError(t, migrations.Up(t.Context(), config))
	execSQL(t, config, `update weir_internal.schema_objects set checksum = 'old'`)
	worker, watch := open(t, config), open(t, config)
	tx, err := worker.Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), `set local deadlock_timeout = '1min'; lock table weir_internal.workflow in row exclusive mode`)
	require.NoError(t, err)

	done := make(chan error, 1)
	go func() { done <- migrations.Up(t.Context(), config) }()
	waiting(t, watch, 0)
	_, err = tx.Exec(t.Context(), `select from weir.workflows`)
	require.NoError(t, err, "it went on when the migration gave way")
	require.NoError(t, tx.Commit(t.Context()))
	require.NoError(t, <-done)
	require.NoError(t, migrations.Verify(t.Context(), config))
}
