package migrations_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/migrations"
)

func TestVerifyTellsAnEmptyDatabase(t *testing.T) {
	t.Parallel()
	config := setup(t)
	require.ErrorIs(t, migrations.Verify(t.Context(), config), migrations.ErrNotMigrated)
	state, err := migrations.Status(t.Context(), config)
	require.NoError(t, err)
	require.NotEmpty(t, state.Server)
	state.Server, state.Latest = "", 0
	require.Equal(t, migrations.State{RiverPinned: migrations.RiverVersion}, state)
}

func TestStatusAfterUpIsCurrent(t *testing.T) {
	t.Parallel()
	config := setup(t)
	require.NoError(t, migrations.Up(t.Context(), config))
	state, err := migrations.Status(t.Context(), config)
	require.NoError(t, err)
	require.Positive(t, state.Version)
	require.Equal(t, state.Latest, state.Version)
	require.Equal(t, migrations.RiverVersion, state.River)
	require.True(t, state.ObjectsCurrent)
	require.False(t, state.Dirty)
	require.NoError(t, migrations.Verify(t.Context(), config))
}

// Each row is a database that this binary must leave alone: nothing in it may change.
func TestUpAndDownRefuseWhatTheyDoNotKnow(t *testing.T) {
	t.Parallel()
	state, err := migrations.Status(t.Context(), setup(t))
	require.NoError(t, err)
	for name, test := range map[string]struct {
		sql  string
		want error
	}{
		"NewerTables": {
			sql:  `update weir_internal.schema_migrations set version = 999`,
			want: &migrations.NewerError{Part: "weir", Have: 999, Know: state.Latest},
		},
		"NewerRiver": {
			sql:  `insert into weir_internal.river_migration (line, version) values ('main', 99)`,
			want: &migrations.NewerError{Part: "river", Have: 99, Know: migrations.RiverVersion},
		},
		"Dirty": {
			sql:  `update weir_internal.schema_migrations set dirty = true`,
			want: &migrations.DirtyError{Version: state.Latest},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := setup(t)
			require.NoError(t, migrations.Up(t.Context(), config))
			execSQL(t, config, test.sql+`; update weir_internal.schema_objects set checksum = 'old'; drop function weir_internal.clock() cascade`)
			want := dump(t, config)
			require.Equal(t, test.want, migrations.Up(t.Context(), config))
			require.Equal(t, test.want, migrations.Down(t.Context(), config))
			require.Equal(t, test.want, migrations.Verify(t.Context(), config))
			requireSame(t, want, dump(t, config), "something was touched")
		})
	}
}

func TestVerifyTellsWhatIsOlder(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"Tables":  `truncate weir_internal.schema_migrations`,
		"River":   `delete from weir_internal.river_migration where version = 8`,
		"Objects": `update weir_internal.schema_objects set checksum = 'old'`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := setup(t)
			require.NoError(t, migrations.Up(t.Context(), config))
			execSQL(t, config, sql)
			require.ErrorIs(t, migrations.Verify(t.Context(), config), migrations.ErrTooOld)
		})
	}
}

func TestUpPutsChangedObjectsBack(t *testing.T) {
	t.Parallel()
	config := setup(t)
	require.NoError(t, migrations.Up(t.Context(), config))
	want := dump(t, config)
	execSQL(t, config, `
		drop function weir_internal.clock() cascade;
		create function weir_internal.from_before(a int, b weir_internal.step_state[]) returns int language sql as 'select 1';
		create procedure weir.from_before() language sql as 'select 1';
		create view weir_internal.from_before as select 1 as a;
		create view weir.on_it as select * from weir_internal.from_before;
		update weir_internal.schema_objects set checksum = 'old'`)
	require.NoError(t, migrations.Up(t.Context(), config))
	requireSame(t, want, dump(t, config), "objects of another version are left")
	require.NoError(t, migrations.Verify(t.Context(), config))
}

func TestReadOnlyDatabaseIsRefused(t *testing.T) {
	t.Parallel()
	config := setup(t)
	require.NoError(t, migrations.Up(t.Context(), config))
	config.RuntimeParams["default_transaction_read_only"] = "on"
	require.ErrorIs(t, migrations.Up(t.Context(), config), migrations.ErrReadOnly)
	require.ErrorIs(t, migrations.Down(t.Context(), config), migrations.ErrReadOnly)
	require.ErrorIs(t, migrations.Verify(t.Context(), config), migrations.ErrReadOnly)
	state, err := migrations.Status(t.Context(), config)
	require.NoError(t, err)
	require.True(t, state.ReadOnly)
	require.True(t, state.ObjectsCurrent)
}

func TestUnreachableServerIsTold(t *testing.T) {
	t.Parallel()
	config := parse(t, "postgres://nobody@127.0.0.1:1/none?sslmode=disable")
	require.ErrorIs(t, migrations.Up(t.Context(), config), migrations.ErrUnreachable)
	require.ErrorIs(t, migrations.Down(t.Context(), config), migrations.ErrUnreachable)
	require.ErrorIs(t, migrations.Verify(t.Context(), config), migrations.ErrUnreachable)
}

func TestServerBefore14IsRefused(t *testing.T) {
	t.Parallel()
	err := migrations.Supported("13.23", 130023)
	require.ErrorIs(t, err, migrations.ErrServerTooOld)
	require.ErrorContains(t, err, "13.23")
	require.NoError(t, migrations.Supported("14.0", 140000))
}
