package engine

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// everyKind starts workflows that together wait for all that there is to wait
// for, and returns their ids.
func (r *rig) everyKind(t *testing.T) []string {
	t.Helper()
	r.register(t, "a", "f")
	r.limit(t, "name", "n", new(1), nil)
	r.start(t, "grows", chain(2)...)
	_, err := r.delegate(r.take(t, "a"), false, plain(), plain(0))
	require.NoError(t, err)
	r.start(t, "waits", plain(), expects("k"), some(1, time.Hour, output(0), output(1)), plain(0, 1, 2))
	_, _, err = r.fail(r.take(t, "a"), "no", true) // of the graph that was returned
	require.NoError(t, err)
	_, _, err = r.fail(r.take(t, "a"), "again", false)
	require.NoError(t, err)
	r.start(t, "runs", chain(4)...)
	_, err = r.succeed(r.take(t, "a"), `1`, passRun)
	require.NoError(t, err)
	r.startAll(t, "first", "pending")
	return []string{"grows", "waits", "runs", "first", "pending"}
}

// plan is what a node of an executed plan tells of itself.
type plan struct {
	Node     string `json:"Node Type"`
	Relation string `json:"Relation Name"`
	Hit      int    `json:"Shared Hit Blocks"`
	Read     int    `json:"Shared Read Blocks"`
	Plans    []plan
}

func (r *rig) plan(t *testing.T, sql string, args ...any) plan {
	t.Helper()
	explained := scalar[[]struct{ Plan plan }](t, r, `explain (analyze, buffers, format json) `+sql, args...)
	return explained[0].Plan
}

// whole are the tables that are read from begin to end.
func (p plan) whole() (tables []string) {
	if p.Node == "Seq Scan" {
		tables = append(tables, p.Relation)
	}
	for _, child := range p.Plans {
		tables = append(tables, child.whole()...)
	}
	return tables
}

// withoutStatistics keeps the planner in the belief that there is little.
func (r *rig) withoutStatistics(t *testing.T) {
	t.Helper()
	for _, table := range []string{"step", "workflow", "timer", "river_job"} {
		r.exec(t, `alter table weir_internal.`+table+` set (autovacuum_enabled = false)`)
	}
}

func TestWhatBlocksOneWorkflowIsReadByKey(t *testing.T) {
	t.Parallel()
	for name, analyzed := range map[string]bool{"no statistics": false, "statistics": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := setupRig(t)
			r.withoutStatistics(t)
			ids := r.everyKind(t)
			r.fill(t)
			if analyzed {
				r.exec(t, `analyze`)
			}
			for _, id := range ids {
				whole := r.plan(t, `select * from weir.blocked where workflow_id = $1`, id).whole()
				for _, large := range []string{"step", "workflow", "timer", "river_job"} {
					require.NotContains(t, whole, large, id)
				}
			}
		})
	}
}

func TestAllThatIsBlockedIsReadInOnePass(t *testing.T) {
	t.Parallel()
	const workflows, batch = 10_000, 1_000
	for name, analyzed := range map[string]bool{"no statistics": false, "statistics": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := setupRig(t)
			r.withoutStatistics(t)
			r.everyKind(t)
			for from := 0; from < workflows; from += batch {
				items := make([]*startItem, batch)
				for i := range items {
					params := StartParams{ID: fmt.Sprint("w", from+i), Graph: Graph{Steps: chain(3)}}
					items[i] = &startItem{params: params, columns: newStepColumns(&params.Graph)}
				}
				require.NoError(t, start(r.ctx, r.db, items, true))
			}
			if analyzed {
				r.exec(t, `analyze`)
			}
			require.Greater(t, scalar[int](t, r, `select count(*) from weir.blocked`), 3*workflows)
			// By the blocks it touches, which a loaded machine doesn't change: a few look-ups for each step.
			p := r.plan(t, `select * from weir.blocked`)
			require.Less(t, p.Hit+p.Read, 20*3*workflows)
		})
	}
}
