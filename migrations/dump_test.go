package migrations_test

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/migrations"
)

var update = flag.Bool("update", false, "write the golden file instead of comparing with it")

func dump(t *testing.T, config *pgx.ConnConfig) string {
	t.Helper()
	text, err := migrations.Dump(t.Context(), config)
	require.NoError(t, err)
	return text
}

func TestGoldenSchemaIsWhatUpMakes(t *testing.T) {
	t.Parallel()
	const golden = "testdata/schema.golden.sql"
	config := setup(t)
	require.NoError(t, migrations.Up(t.Context(), config))
	got := dump(t, config)
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(got), 0o600))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	requireSame(t, string(want), got, "if the change is meant: go test ./migrations -run TestGoldenSchema -update")
}

// requireSame shows the lines that differ, not both texts whole.
func requireSame(t *testing.T, want, got, remedy string) {
	t.Helper()
	if want == got {
		return
	}
	missing, added := lines(want, got), lines(got, want)
	t.Fatalf("the schemas differ; %s\n-%s\n+%s", remedy, strings.Join(missing, "\n-"), strings.Join(added, "\n+"))
}

// lines are those of text that other has not.
func lines(text, other string) []string {
	others := strings.Split(other, "\n")
	return slices.DeleteFunc(strings.Split(text, "\n"), func(line string) bool { return slices.Contains(others, line) })
}

// Each statement is something that a migration could get wrong and that must show in the golden file.
func TestDumpShowsEveryKindOfChange(t *testing.T) {
	t.Parallel()
	config := setup(t)
	execSQL(t, config, `
		create schema weir;
		create schema weir_internal;
		create type weir_internal.e as enum ('a', 'b');
		create type weir_internal.c as (x int);
		create domain weir_internal.d as int;
		create table weir_internal.t (id int, n text, e weir_internal.e);
		create index t_n on weir_internal.t (n);
		create view weir.v as select id from weir_internal.t;
		create sequence weir_internal.s;
		create function weir.f() returns trigger language plpgsql as 'begin return new; end'`)
	seen := map[string]string{dump(t, config): "nothing"}
	for _, change := range []string{
		`alter type weir_internal.e add value 'ab' before 'b'`,
		`alter type weir_internal.c add attribute y text`,
		`alter domain weir_internal.d set not null`,
		`alter domain weir_internal.d add constraint d_positive check (value > 0)`,
		`alter table weir_internal.t add column a text`,
		`alter table weir_internal.t alter column n set not null`,
		`alter table weir_internal.t alter column n set default 'x'`,
		`alter table weir_internal.t alter column n type text collate "C"`,
		`alter table weir_internal.t alter column n set storage external`,
		`alter table weir_internal.t alter column id set not null, alter column id add generated always as identity`,
		`alter table weir_internal.t add constraint t_pkey primary key (id)`,
		`alter table weir_internal.t add constraint t_n check (n <> '')`,
		`alter table weir_internal.t set (fillfactor = 70)`,
		`alter table weir_internal.t set (toast.autovacuum_enabled = false)`,
		`alter table weir_internal.t set unlogged`,
		`drop index weir_internal.t_n; create index t_n on weir_internal.t (n desc)`,
		`create or replace view weir.v as select id + 0 as id from weir_internal.t`,
		`alter view weir.v set (security_barrier = true)`,
		`alter sequence weir_internal.s cycle`,
		`create trigger f before insert on weir_internal.t for each row execute function weir.f()`,
		`alter table weir_internal.t disable trigger f`,
		`create or replace function weir.f() returns trigger language plpgsql as 'begin return old; end'`,
		`alter function weir.f() set search_path = ''`,
		`comment on column weir.v.id is 'a comment'`,
		`comment on schema weir is 'a comment'`,
		`revoke execute on function weir.f() from public`,
		`grant select (id) on weir_internal.t to public`,
		`grant select on weir.v to public`,
		`grant usage on schema weir to public`,
		`revoke usage on type weir_internal.e from public`,
	} {
		execSQL(t, config, change)
		text := dump(t, config)
		require.Emptyf(t, seen[text], "%q changed nothing since %q", change, seen[text])
		seen[text] = change
	}
}
