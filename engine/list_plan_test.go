package engine

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// fillWorkflows stores a million workflows that have ended, with everything that a
// list can be filtered by. What is frequent, and old, misleads a planner that
// believes it to be everywhere.
func (r *rig) fillWorkflows(t *testing.T) {
	t.Helper()
	r.exec(t, `
insert into weir_internal.workflow (
  created_at, started_at, finished_at, fingerprint, status, root, steps, failed_step, workflow_id, name, metadata
)
select
  c.at, c.at, c.at + interval '1 s', 0,
  case when i <= 300000 then 'FAILED' when i % 100 = 50 then 'CANCELED' else 'SUCCESSFUL' end::weir_internal.workflow_status,
  0, 1, case when i <= 300000 then 0 end, 'order-' || i, case when i <= 300000 then 'old' else 'graph-' || i % 10 end,
  case when i % 1000 = 7 then jsonb_build_object('customer', i / 1000 % 50) else '{}' end
from generate_series(1, 1000000) as i
cross join lateral (select timestamptz '2026-01-01' + i * interval '1 s' as at) as c`)
}

var (
	buffersRead = regexp.MustCompile(`Buffers: shared hit=(\d+)(?: read=(\d+))?`)
	rowsRead    = regexp.MustCompile(`Scan .*on workflow .*\(actual rows=(\d+)`)
	rowsRemoved = regexp.MustCompile(`Rows Removed by Filter: (\d+)`)
)

// largest returns the largest number that a pattern's groups add up to.
func largest(pattern *regexp.Regexp, plan string) (most int) {
	for _, match := range pattern.FindAllStringSubmatch(plan, -1) {
		sum := 0
		for _, group := range match[1:] {
			n, _ := strconv.Atoi(group) // empty where there is none
			sum += n
		}
		most = max(most, sum)
	}
	return most
}

func TestPagesOfAMillionWorkflowsAreReadByIndex(t *testing.T) {
	t.Parallel()
	whole := setupRig(t)
	whole.fillWorkflows(t)
	whole.register(t, "a", "f")
	for _, id := range []string{"run-1", "run-2", "run-3"} {
		whole.start(t, id, Step{Name: "f", Function: "f"})
	}
	whole.start(t, "stalled", Step{Name: "nobodys", Function: "nobodys"})
	whole.exec(t, `analyze weir_internal.workflow, weir_internal.step`)

	var plans []string
	r := whole.explained(t, func(plan string) { plans = append(plans, plan) })
	r.exec(t, `set auto_explain.log_analyze = on`)
	r.exec(t, `set auto_explain.log_timing = off`)
	r.exec(t, `set auto_explain.log_buffers = on`)
	r.exec(t, `select from weir.list(status => '{FAILED,RUNNING,RESUMABLE}')`) // reads the catalogs

	for filter, rows := range map[string]int{
		``:                                      100,
		`after => '500000'`:                     100,
		`page_size => 1000`:                     1000,
		`status => '{FAILED}'`:                  100,
		`status => '{SUCCESSFUL}'`:              100,
		`status => '{FAILED,CANCELED,PENDING}'`: 100,
		`status => '{RUNNING}'`:                 3,
		`status => '{RESUMABLE}'`:               1,
		`status => '{PENDING,RUNNING,RESUMABLE}', page_size => 2`: 2,
		`status => '{FAILED}', after => '500000'`:                 100,
		`name => 'graph-3'`:               100,
		`name => 'old'`:                   100,
		`name => 'unknown'`:               0,
		`metadata => '{"customer": 7}'`:   20,
		`metadata => '{"customer": 700}'`: 0,
		`id_prefix => 'order-77777'`:      11,
		`id_prefix => 'order_7'`:          0,
	} {
		plans = nil
		require.Equal(t, rows, scalar[int](t, r, `select count(*)::int from weir.list(`+filter+`)`), filter)
		plan := strings.Join(plans, "\n")
		require.Contains(t, plan, "using workflow_pkey on workflow", filter)
		require.NotContains(t, plan, "Seq Scan on workflow", filter)
		require.LessOrEqual(t, largest(rowsRead, plan), max(rows, 3), filter)
		require.LessOrEqual(t, largest(rowsRemoved, plan), 3, filter)
		require.LessOrEqual(t, largest(buffersRead, plan), 200+12*rows, filter)
	}
}
