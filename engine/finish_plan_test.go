package engine

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// What runs beside it costs the end of a workflow nothing, also when the server
// believes that nothing runs.
func TestEndOfAWorkflowReadsNoOther(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	conn := r.session(t)
	conn.register(t, "a", "f")
	conn.exec(t, `alter table weir_internal.workflow set (autovacuum_enabled = false)`)
	others := func(status string, count int) {
		conn.exec(t, `
insert into weir_internal.workflow (created_at, started_at, finished_at, fingerprint, status, root, steps, workflow_id, metadata)
select now(), now(), case when $1 <> 'RUNNING' then now() end, 0, $1::weir_internal.workflow_status, 0, 1, 'other-' || $1 || i, '{}'
from generate_series(1, $2::integer) as i`, status, count)
	}
	others("SUCCESSFUL", 10_000)
	conn.exec(t, `analyze weir_internal.workflow`)
	others("RUNNING", 20_000)

	read := func() int {
		conn.exec(t, `select pg_stat_force_next_flush()`)
		conn.exec(t, `select pg_stat_clear_snapshot()`)
		return scalar[int](t, conn, `select sum(idx_tup_read) from pg_stat_user_indexes where relname = 'workflow'`)
	}
	finish := map[string]func(id string){
		"success": func(string) {
			_, err := conn.succeed(conn.take(t, "a"), `1`, passHand)
			require.NoError(t, err)
		},
		"failure": func(string) {
			_, _, err := conn.fail(conn.take(t, "a"), "no", true)
			require.NoError(t, err)
		},
		"cancel and resume": func(id string) {
			require.NoError(t, conn.cancel(id))
			_, err := conn.resume(id)
			require.NoError(t, err)
		},
		"start again": func(id string) {
			require.NoError(t, conn.cancel(id))
			conn.start(t, id, plain())
		},
	}
	for name, end := range finish {
		conn.start(t, name, plain())
		before := read()
		end(name)
		require.Less(t, read()-before, 1_000, name)
		_ = conn.cancel(name)
	}
	conn.exec(t, `delete from weir_internal.workflow where workflow_id like 'other-%'`)
}
