package engine

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/queue"
)

// tableStats are what the server counts of a table.
type tableStats struct {
	updates, hotUpdates int
}

// stats returns the counts of this session's own database, with what the session
// has done.
func (r *rig) stats(t *testing.T, table string) (s tableStats) {
	t.Helper()
	r.exec(t, `select pg_stat_force_next_flush()`)
	r.exec(t, `select pg_stat_clear_snapshot()`)
	err := r.db.QueryRow(r.ctx, `
select n_tup_upd, n_tup_hot_upd
from pg_stat_user_tables
where schemaname = 'weir_internal' and relname = $1`, table).Scan(&s.updates, &s.hotUpdates)
	require.NoError(t, err)
	return s
}

// hotPath calls every function that steps pay for, with batches where there are
// batches.
func (r *rig) hotPath(t *testing.T, prefix string) {
	t.Helper()
	for i := range 4 {
		steps := append(chain(4), fork()...)
		steps[4].After, steps[5].After = []int{3}, []int{3}
		steps[6].After = []int{4, 5}
		steps[0].Policy.NoDelay = true
		r.start(t, fmt.Sprint(prefix, i), steps...)
	}
	verdict, _, err := r.fail(r.take(t, "a"), "again", false)
	require.NoError(t, err)
	require.Equal(t, "retry", verdict)
	require.Equal(t, 1, r.fireTimers(t))

	var tokens []*queue.Token
	for token := r.fetch(t, "a"); token != nil; token = r.fetch(t, "a") {
		tokens = append(tokens, token)
	}
	claimed, err := r.claim("a", tokens...)
	require.NoError(t, err)
	require.Len(t, claimed, 4)
	held := make([]*rigThread, len(claimed))
	for i := range claimed {
		held[i] = &rigThread{"a", tokens[i].Job, claimed[i].next}
	}
	for range 3 {
		held = r.advanceAll(t, held, passRun)
	}
	held = r.advanceAll(t, held, passHand) // to the fork, whose other half gets a job
	reply, err := r.delegate(held[0], true, plain(), plain(0))
	require.NoError(t, err)
	held[0] = &rigThread{"a", held[0].job, reply.next}
	held = r.advanceAll(t, held[:1], passRun)
	require.Empty(t, r.advanceAll(t, held, passHand))
	r.exec(t, `select weir_internal.outcomes(array[$1::bigint])`, tokens[0].Workflow)
}

func (r *rig) advanceAll(t *testing.T, held []*rigThread, p pass) (next []*rigThread) {
	t.Helper()
	items := make([]*advanceItem, len(held))
	for i, h := range held {
		items[i] = h.item("1", p)
	}
	require.NoError(t, advance(r.ctx, r.db, advanceSQL, "a", items, true))
	for i, item := range items {
		require.False(t, item.reply.lost)
		switch {
		case p == passRun:
			next = append(next, &rigThread{"a", held[i].job, held[i].follow(item.output)})
		case item.reply.next != nil:
			next = append(next, &rigThread{"a", held[i].job, item.reply.next})
		}
	}
	return next
}

// explained is a connection of its own whose every statement, those inside of
// functions too, tells its plan to told.
func (r *rig) explained(t *testing.T, told func(plan string)) *rig {
	t.Helper()
	config := r.pool.Config().ConnConfig.Copy()
	config.OnNotice = func(_ *pgconn.PgConn, notice *pgconn.Notice) { told(notice.Message) }
	conn, err := pgx.ConnectConfig(r.ctx, config)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	for _, statement := range []string{
		`load 'auto_explain'`, `set auto_explain.log_min_duration = 0`, `set auto_explain.log_nested_statements = on`, `set client_min_messages = log`,
	} {
		_, err := conn.Exec(r.ctx, statement)
		require.NoError(t, err)
	}
	return r.on(conn)
}

// seqScan is a plan that reads one of the tables that grow as a whole.
var seqScan = regexp.MustCompile(`Seq Scan on (step|workflow|timer)\b`)

// fill stores 2,000 workflows that nobody runs, a tenth of which sleep.
func (r *rig) fill(t *testing.T) {
	t.Helper()
	for i := range 10 {
		var batch []*startItem
		for j := range 200 {
			graph := Graph{Steps: chain(10)}
			for n := range graph.Steps {
				graph.Steps[n].Function = "other"
			}
			if i == 0 {
				graph.Steps[0].Function, graph.Steps[0].Args = FunctionSleep, []Arg{{Value: []byte(`{"seconds": 1e6}`)}}
			}
			batch = append(batch, &startItem{params: StartParams{ID: fmt.Sprint("other", i, "-", j), Graph: graph}, columns: newStepColumns(&graph)})
		}
		require.NoError(t, start(r.ctx, r.db, batch, true))
	}
}

func TestHotFunctionsReadByKey(t *testing.T) {
	t.Parallel()
	for name, filled := range map[string]bool{"an empty database": false, "20,000 other steps": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			whole := setupRig(t)
			for _, table := range []string{"step", "workflow", "timer"} { // no statistics but those of fill
				whole.exec(t, `alter table weir_internal.`+table+` set (autovacuum_enabled = false)`)
			}
			if filled {
				whole.register(t, "z", "other")
				whole.fill(t)
				whole.exec(t, `analyze`)
			}
			whole.register(t, "a", "f")

			plans, found := 0, make(map[string]bool)
			r := whole.explained(t, func(plan string) {
				removes := strings.Contains(plan, "delete from weir_internal.river_job")
				if plans++; seqScan.MatchString(plan) || removes && !strings.Contains(plan, "using river_job_pkey") {
					found[plan[strings.Index(plan, "Query Text"):]] = true
				}
			})
			for i := range 8 { // beyond the calls after which a plan becomes generic
				r.hotPath(t, fmt.Sprint("w", i, "-"))
				_, err := whole.retire("a", false, 5)
				require.NoError(t, err)
				whole.register(t, "a", "f")
				whole.exec(t, `update weir_internal.river_job set state = 'cancelled', finalized_at = now() where kind = 'f' and finalized_at is null`)
			}
			require.Greater(t, plans, 100)
			require.Empty(t, slices.Collect(maps.Keys(found)))
			whole.exec(t, `select weir_internal.queue_mend(0, 10000)`) // what the test took out of the queue
		})
	}
}

// To keep a scan out of a plan costs so much, on paper, that the server would take
// seconds to compile the plan of a call of some microseconds. That of the tests
// has its compiler off.
func TestEntryPointsDontCompileTheirPlans(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	require.Empty(t, scalar[[]string](t, r, `
select array_agg(p.oid::regprocedure::text)
from pg_proc as p
where p.pronamespace in ('weir'::regnamespace, 'weir_internal'::regnamespace)
  and p.prosecdef
  and not coalesce('jit=off' = any (p.proconfig), false)`))
}

func TestStepsOfAChainAreUpdatedInPlace(t *testing.T) {
	t.Parallel()
	r := setupRig(t).session(t)
	// With room in every page all that can forbid it is an index on what changes.
	r.exec(t, `alter table weir_internal.step set (fillfactor = 10)`)
	r.register(t, "a", "f")
	for i := range 100 {
		r.start(t, fmt.Sprint("w", i), chain(10)...)
	}
	for token := r.fetch(t, "a"); token != nil; token = r.fetch(t, "a") {
		claimed, err := r.claim("a", token)
		require.NoError(t, err)
		h := &rigThread{"a", token.Job, claimed[0].next}
		for h.assignment != nil {
			p := passRun
			if len(h.followers) == 0 {
				p = passHand
			}
			reply, err := r.succeed(h, "1", p)
			require.NoError(t, err)
			h = &rigThread{"a", token.Job, reply.next}
		}
		r.complete(t, token.Job)
	}
	s := r.stats(t, "step")
	require.GreaterOrEqual(t, s.updates, 1100)
	require.Greater(t, float64(s.hotUpdates)/float64(s.updates), 0.99, "%+v", s)
}
