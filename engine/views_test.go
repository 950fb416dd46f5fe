package engine

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// rows are those of a query with one column, a text.
func (r *rig) rows(t require.TestingT, sql string, args ...any) []string {
	rows, _ := r.db.Query(r.ctx, sql, args...)
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return found
}

func TestEdgesAreWhatStepsWaitForAndComeFrom(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.register(t, "a", "f")
	r.start(t, "w", fork()...)
	r.start(t, "other", chain(2)...)
	h := r.take(t, "a")
	_, err := r.delegate(h, true, plain(), Step{Name: "inner", Function: "f", After: []int{0, Outside(1)}})
	require.NoError(t, err)
	require.ElementsMatch(t, []string{
		"s > s_2 dependency", "s_1 > s_2 dependency",
		"s > s_3 continuation", "s > inner continuation", "s_3 > inner dependency", "s_1 > inner dependency",
	}, r.rows(t, `select source || ' > ' || target || ' ' || kind from weir.edges where workflow_id = 'w'`))
}

func TestEdgesOfOneWorkflowAreReadByKey(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.fill(t)
	require.NotContains(t, r.plan(t, `select * from weir.edges where workflow_id = 'other1-1'`).whole(), "step")
}

func TestEventsTellWhoGotThem(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.start(t, "w", expects("paid"), plain(0))
	r.sent(t, "paid", `{"by": "card"}`)
	accepted, err := r.send("w", Event{Key: "paid", Payload: json.RawMessage(`1`), Dedupe: "d"})
	require.NoError(t, err)
	require.True(t, accepted)
	require.Equal(t, []string{"paid event t", "paid d f"}, r.rows(t, `
select concat_ws(' ', key, dedupe, step, (delivered_at >= accepted_at and payload = '{"by": "card"}') is true)
from weir.events
where workflow_id = 'w'
order by accepted_at`))
}

func TestLimitsTellWhatRunsAndWaits(t *testing.T) {
	t.Parallel()
	r := setupLimit(t, 1, new(5))
	r.limit(t, "queue", "default", new(2), nil)
	r.limit(t, "queue", "lifted", new(2), nil)
	r.limit(t, "queue", "lifted", nil, nil)
	r.startAll(t, "w1", "w2", "w3")
	limits := func() []string {
		return r.rows(t, `select concat_ws(' ', scope, key, max_running, max_pending, running, waiting) from weir.limits order by scope`)
	}
	require.Equal(t, []string{"name n 1 5 1 2", "queue default 2 1 2"}, limits())
	r.finish(t)
	r.fireTimers(t)
	require.Equal(t, []string{"name n 1 5 1 1", "queue default 2 1 1"}, limits())

	// One that was lifted is there until all that it held back has been let go.
	r.exec(t, `update weir_internal.workflow_limit set max_running = null, max_pending = null where scope = 'name'`)
	require.Equal(t, []string{"queue default 2 1 1"}, limits())
	r.fireTimers(t)
}

func TestQueuesTellWhoServesThemAndWhatIsInThem(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	queues := func(r *rig) []string {
		return r.rows(t, `
select concat_ws(' ', queue, workers, ready, running, max_running, max_pending, workflows_running, workflows_waiting, oldest_ready_since <= now())
from weir.queues
order by queue`)
	}
	require.Empty(t, queues(r))

	r.limit(t, "queue", "limited", new(3), new(4))
	r.register(t, "a", "f")
	r.exec(t, `select weir_internal.worker_register('b', 'host', 1, '', '{g}', '{default,idle}', '1 hour', true)`)
	elsewhere, limited := plain(), plain()
	elsewhere.Queue, limited.Queue, limited.After = "unserved", "limited", []int{0, 1, 2}
	r.start(t, "w", plain(), plain(), elsewhere, limited)
	r.take(t, "a")
	require.Equal(t, []string{"default 2 1 1 t", "idle 1 0 0", "limited 0 0 0 3 4 1 0", "unserved 0 1 0 t"}, queues(r))

	r.exec(t, `select weir_internal.worker_drain('b')`)
	r.take(t, "a")
	require.Equal(t, []string{"default 1 0 2", "limited 0 0 0 3 4 1 0", "unserved 0 1 0 t"}, queues(r))
	r.later(t, 2*time.Hour, func(r *rig) {
		require.Equal(t, []string{"default 0 0 2", "limited 0 0 0 3 4 1 0", "unserved 0 1 0 t"}, queues(r))
	})
}

// A view reads with its owner's rights, but calls functions with those of who
// reads it.
func TestReaderReadsEveryView(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.everyKind(t)
	views := r.rows(t, `select viewname from pg_views where schemaname = 'weir'`)
	require.GreaterOrEqual(t, len(views), 9)
	reader, _ := r.begin(t)
	reader.exec(t, `set local role weir_reader`)
	for _, view := range views {
		reader.exec(t, `select * from weir.`+view)
	}
}
