package migrations_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/pgweir/weir/migrations"
)

func TestUpTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	config := setup(t)
	require.NoError(t, migrations.Up(t.Context(), config))
	const applied = `
		select string_agg(at::text, ' ')
		from (select applied_at from weir_internal.schema_objects union all select created_at from weir_internal.river_migration) as a (at)`
	want, wantApplied := dump(t, config), scan[string](t, config, applied)
	require.NoError(t, migrations.Up(t.Context(), config))
	requireSame(t, want, dump(t, config), "a second Up has changed them")
	require.Equal(t, wantApplied, scan[string](t, config, applied))
}

func TestDownThenUpGivesTheSameSchema(t *testing.T) {
	t.Parallel()
	config := setup(t)
	empty := dump(t, config)
	require.NoError(t, migrations.Up(t.Context(), config))
	want := dump(t, config)

	require.NoError(t, migrations.Down(t.Context(), config))
	requireSame(t, empty, dump(t, config), "Down has left something")
	require.Zero(t, scan[int](t, config, `select count(*) from pg_namespace where nspname like 'weir%'`))
	require.ErrorIs(t, migrations.Verify(t.Context(), config), migrations.ErrNotMigrated)
	require.NoError(t, migrations.Down(t.Context(), config), "nothing is left to do")

	require.NoError(t, migrations.Up(t.Context(), config))
	requireSame(t, want, dump(t, config), "Up after Down makes others")
	require.NoError(t, migrations.Verify(t.Context(), config))
}

func TestDownRemovesDataToo(t *testing.T) {
	t.Parallel()
	config := setup(t)
	require.NoError(t, migrations.Up(t.Context(), config))
	execSQL(t, config, `
		insert into weir_internal.river_job (kind, max_attempts, args, state) values ('k', 1, '{}', 'pending');
		insert into weir_internal.river_queue (name) values ('q');
		insert into weir_internal.timer (workflow, no, due) values (1, 1, now())`)
	require.NoError(t, migrations.Down(t.Context(), config))
	require.ErrorIs(t, migrations.Verify(t.Context(), config), migrations.ErrNotMigrated)
}

func TestDownLeavesOtherSchemasAlone(t *testing.T) {
	t.Parallel()
	config := setup(t)
	execSQL(t, config, `
		create table public.river_job (id int);
		create table public.workflow (id int);
		create function public.clock() returns int language sql as 'select 1'`)
	require.NoError(t, migrations.Up(t.Context(), config))
	require.NoError(t, migrations.Down(t.Context(), config))
	require.Equal(t, 1, scan[int](t, config, `
		select public.clock()
		from pg_class
		where oid in ('public.river_job'::regclass, 'public.workflow'::regclass)
		having count(*) = 2`))
}

func TestConcurrentUpsAllSucceed(t *testing.T) {
	t.Parallel()
	reference := setup(t)
	require.NoError(t, migrations.Up(t.Context(), reference))

	config := setup(t)
	concurrently(t, 8, func(ctx context.Context) error { return migrations.Up(ctx, config) })
	require.NoError(t, migrations.Verify(t.Context(), config))
	requireSame(t, dump(t, reference), dump(t, config), "concurrent Ups make others")
	require.Equal(t, 1, scan[int](t, config, `select count(*) from weir_internal.schema_objects`))
}

func TestConcurrentDownsAllSucceed(t *testing.T) {
	t.Parallel()
	config := setup(t)
	require.NoError(t, migrations.Up(t.Context(), config))
	concurrently(t, 4, func(ctx context.Context) error { return migrations.Down(ctx, config) })
	require.ErrorIs(t, migrations.Verify(t.Context(), config), migrations.ErrNotMigrated)
}

func concurrently(t *testing.T, n int, do func(context.Context) error) {
	t.Helper()
	group, ctx := errgroup.WithContext(t.Context())
	for range n {
		group.Go(func() error { return do(ctx) })
	}
	require.NoError(t, group.Wait())
}

// What the role or the database sets must not reach a migration.
func TestUpIgnoresSettingsOfTheDatabase(t *testing.T) {
	t.Parallel()
	reference, config := setup(t), setup(t)
	require.NoError(t, migrations.Up(t.Context(), reference))
	name := pgx.Identifier{config.Database}.Sanitize()
	execSQL(t, config, `
		alter database `+name+` set statement_timeout = '1ms';
		alter database `+name+` set lock_timeout = '1ms';
		alter database `+name+` set idle_in_transaction_session_timeout = '1ms';
		alter database `+name+` set idle_session_timeout = '1ms';
		alter database `+name+` set search_path = weir_internal, public`)
	config.RuntimeParams["statement_timeout"] = "1min" // of the server's first answer only
	config.RuntimeParams["idle_session_timeout"] = "1min"
	require.NoError(t, migrations.Up(t.Context(), config))
	requireSame(t, dump(t, reference), dump(t, config), "they depend on the search path")
	require.NoError(t, migrations.Down(t.Context(), config))
}

func TestUpAndDownReturnWhatTheyFound(t *testing.T) {
	t.Parallel()
	config := setup(t)
	empty, err := migrations.Status(t.Context(), config)
	require.NoError(t, err)
	found, err := migrations.UpState(t.Context(), config)
	require.NoError(t, err)
	require.Equal(t, empty, found)

	current, err := migrations.Status(t.Context(), config)
	require.NoError(t, err)
	for _, change := range []func(context.Context, *pgx.ConnConfig) (migrations.State, error){migrations.UpState, migrations.DownState} {
		found, err = change(t.Context(), config)
		require.NoError(t, err)
		require.Equal(t, current, found)
	}
	found, err = migrations.DownState(t.Context(), config)
	require.NoError(t, err)
	require.Equal(t, empty, found)
}

// Those who had to wait find what the one that worked has left.
func TestOnlyOneOfConcurrentUpsFindsAnEmptyDatabase(t *testing.T) {
	t.Parallel()
	config := setup(t)
	var created atomic.Int32
	concurrently(t, 4, func(ctx context.Context) error {
		found, err := migrations.UpState(ctx, config)
		if found.Version == 0 {
			created.Add(1)
		}
		return err
	})
	require.EqualValues(t, 1, created.Load())
}
