package migrations_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/migrations"
)

func requireForeign(t *testing.T, err error, objects ...string) {
	t.Helper()
	foreign, ok := errors.AsType[*migrations.ForeignError](err)
	require.Truef(t, ok, "got %v", err)
	require.Equal(t, objects, foreign.Objects)
}

func TestWhatOthersBuiltIsNamedAndNeverDropped(t *testing.T) {
	t.Parallel()
	config := setup(t)
	require.NoError(t, migrations.Up(t.Context(), config))
	execSQL(t, config, `
		create table public.mine (at timestamptz default weir_internal.clock());
		create view public.report as select count(*) as n from weir.workflows;
		create trigger mine_edge before update on public.mine for each row execute function weir_internal.workflow_edge();
		create function public.list() returns setof weir.workflows language sql as 'select * from weir.workflows';
		update weir_internal.schema_objects set checksum = 'old'`)
	want := dump(t, config)
	objects := []string{
		"default value for column at of table public.mine",
		"function public.list()",
		"trigger mine_edge on table public.mine",
		"view public.report",
	}
	requireForeign(t, migrations.Up(t.Context(), config), objects...)
	requireForeign(t, migrations.Down(t.Context(), config), objects...)
	requireSame(t, want, dump(t, config), "something was touched")

	execSQL(t, config, `drop table public.mine; drop view public.report; drop function public.list()`)
	require.NoError(t, migrations.Up(t.Context(), config))
}

func TestForeignKeyFromElsewhereStopsDown(t *testing.T) {
	t.Parallel()
	config := setup(t)
	require.NoError(t, migrations.Up(t.Context(), config))
	want := dump(t, config)
	execSQL(t, config, `create table public.mine (workflow bigint constraint mine_workflow references weir_internal.workflow)`)
	requireForeign(t, migrations.Down(t.Context(), config),
		"constraint mine_workflow on table public.mine depends on table weir_internal.workflow")
	require.Equal(t, 1, scan[int](t, config, `select count(*) from pg_constraint where conname = 'mine_workflow'`))

	require.NoError(t, migrations.Up(t.Context(), config), "the version is not left dirty")
	requireSame(t, want, dump(t, config), "Up has not put everything back")
	execSQL(t, config, `drop table public.mine`)
	require.NoError(t, migrations.Down(t.Context(), config))
}

func TestForeignTableInOurSchemaKeepsIt(t *testing.T) {
	t.Parallel()
	config := setup(t)
	require.NoError(t, migrations.Up(t.Context(), config))
	execSQL(t, config, `create table weir.mine (id int)`)
	requireForeign(t, migrations.Down(t.Context(), config), "table weir.mine depends on schema weir")
	require.Equal(t, 1, scan[int](t, config, `select count(*) from pg_class where oid = 'weir.mine'::regclass`))

	execSQL(t, config, `drop table weir.mine`)
	require.NoError(t, migrations.Down(t.Context(), config))
}
