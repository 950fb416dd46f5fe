package engine

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/internal/batch"
)

// A caller's temporary types and tables are found before all others where a
// function doesn't say otherwise, and would be used with the owner's rights.
func TestTemporaryObjectsOfACallerAreNotUsedByTheOwner(t *testing.T) {
	t.Parallel()
	for role, calls := range map[string][]string{
		"weir_reader": {
			`select weir.status('w')`, `select weir.output('w')`, `select weir.step_output('w', 's')`, `select weir.metadata('w')`,
			`select weir.step_metadata('w', 's')`, `select weir_internal.outcomes('{1}', '{s}')`,
			`select * from weir.list('{RUNNING,RESUMABLE}', 'n', '{"k": 1}', 'w', now(), now(), now(), now(), '1', 10)`, `select * from weir.list()`,
			`select count(*) from weir.check()`, `select * from weir.workflows`, `select * from weir.blocked`,
			`select * from weir.steps`, `select * from weir.reminders`, `select * from weir.attempts`, `select * from weir.workers`,
		},
		"weir_client": {
			`select weir.start('f')`, `select weir.cancel('w')`, `select weir.resume('w')`, `select weir.actor_get_or_create('C', 'x')`,
			`select weir.actor_remind('C', 'x', 'r', 'm', '1', now(), '1 hour', 'all')`, `select weir.actor_forget('C', 'x', 'no')`, `select weir_internal.key_of('w')`, `select weir_internal.outcomes('{1}')`,
		},
		"weir_operator": {`select weir.cancel('w')`, `select weir.delete('w')`},
		"weir_worker": {
			`select weir_internal.worker_register('x', 'host', 1, '', '{f}', '{default}', '1 hour', true)`,
			`select weir_internal.worker_sweep(5)`, `select weir_internal.fire_timers(500)`, `select weir_internal.queue_mend(0, 10)`,
			`select weir_internal.worker_retire('x', true)`,
		},
	} {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			r := setupRig(t)
			r.start(t, "w", chain(2)...)

			session, tx := r.begin(t)
			session.exec(t, `set local role `+role)
			session.exec(t, `
create function pg_temp.evil() returns boolean language plpgsql as $$
begin
  raise exception 'evil runs as %', current_user;
end
$$`)
			for _, name := range []string{"text", "jsonb", "timestamptz", "interval", "int4", "int8", "bool"} {
				session.exec(t, `create domain pg_temp.`+name+` as pg_catalog.`+name+` check (pg_temp.evil())`)
			}
			for _, name := range []string{"pg_stat_activity", "pg_locks", "pg_database"} {
				session.exec(t, `create view pg_temp.`+name+` as select pg_temp.evil() as evil`)
			}
			for _, sql := range calls {
				rows, _ := tx.Query(r.ctx, sql, pgx.QueryExecModeSimpleProtocol)
				rows.Close()
				if batch.Class(rows.Err()) != "WF" { // there is no output yet
					require.NoError(t, rows.Err(), sql)
				}
			}
		})
	}
}

func TestEveryFunctionSaysWhereItLooksForNames(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	for _, wrong := range []string{
		// An empty path means pg_temp first.
		`exists (select from unnest(p.proconfig) as c where c in ('search_path=', 'search_path=""'))`,
		`exists (select from unnest(p.proconfig) as c where c like 'search_path=%' and c !~ ', pg_temp$')`,
		`p.prosecdef and not coalesce('search_path=pg_catalog, pg_temp' = any (p.proconfig), false)`,
	} {
		require.Empty(t, scalar[[]string](t, r, `
select array_agg(p.oid::regprocedure::text)
from pg_proc as p
where p.pronamespace in ('weir'::regnamespace, 'weir_internal'::regnamespace)
  and `+wrong), wrong)
	}
	require.Greater(t, scalar[int](t, r, `select count(*)::int from pg_proc where prosecdef and pronamespace in ('weir'::regnamespace, 'weir_internal'::regnamespace)`), 20)
}
