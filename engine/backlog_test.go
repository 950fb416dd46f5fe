package engine_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
	"github.com/pgweir/weir/internal/testdb"
)

func TestStepsOfADeadWorkerGoBeforeTheBacklog(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t)
	e, err := engine.New(engine.Config{Pool: pool})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Stop(t.Context())) })

	exec := func(sql string) {
		t.Helper()
		_, err := pool.Exec(t.Context(), sql)
		require.NoError(t, err)
	}
	graph := engine.Graph{Steps: []engine.Step{call("add", literal("1"))}}
	for _, id := range []string{"held", "backlog"} {
		_, err := e.StartWorkflow(t.Context(), engine.StartParams{ID: id, Graph: graph})
		require.NoError(t, err)
		if id == "held" {
			exec(`select weir_internal.worker_register('dead', 'host', 1, '', '{add}', '{default}', '5 s', true)`)
			exec(`update weir_internal.river_job set state = 'running', attempted_at = now(), attempted_by = '{dead}'`)
		}
	}
	exec(`select weir_internal.worker_retire('dead', true)`)

	var first string
	require.NoError(t, pool.QueryRow(t.Context(), `
		select w.workflow_id
		from weir_internal.river_job as j
		join weir_internal.workflow as w on w.id = (j.args ->> 'w')::bigint
		where j.state = 'available'
		order by j.priority, j.scheduled_at, j.id
		limit 1`).Scan(&first))
	require.Equal(t, "held", first)

	violations, err := e.Check(t.Context())
	require.NoError(t, err)
	require.Empty(t, violations)
}
