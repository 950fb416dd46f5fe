package docs

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/internal/testdb"
)

// reports are the rows that each report has: of every row what no other run
// would change, in any order.
var reports = map[string]string{
	"Statuses by name": `[
		{"name": "nightly", "status": "RESUMABLE", "count": 1}, {"name": "nightly", "status": "PENDING", "count": 1},
		{"name": null, "status": "SUCCESSFUL", "count": 1}, {"name": null, "status": "FAILED", "count": 1},
		{"name": null, "status": "RUNNING", "count": 4}
	]`,
	"Slowest functions": `[{"function": "book_flight", "count": 2}, {"function": "finalize_trip", "count": 1}]`,
	"Attempts by error": `[
		{"function": "book_flight", "error_type": "errors.errorString", "lost": false, "count": 1},
		{"function": "book_hotel", "error_type": "errors.errorString", "lost": false, "count": 1},
		{"function": "import_file", "error_type": "errors.errorString", "lost": false, "count": 1},
		{"function": "fetch_rates", "error_type": "errors.errorString", "lost": false, "count": 1}
	]`,
	"Failing steps": `[
		{"function": "book_hotel", "type": "errors.errorString", "count": 1, "workflow_id": "trip-1", "message": "no rooms in SAN"},
		{"function": "import_file", "type": "errors.errorString", "count": 1, "workflow_id": "import-1", "message": "no such file"}
	]`,
	"Why a workflow doesn't move": `[
		{"step": "event", "state": "parked", "reason": "waits for an event", "detail": "paid", "until": null},
		{"step": "ship", "state": "waiting", "reason": "waits for steps", "detail": "event", "until": null}
	]`,
	"What waits behind limits":  `[{"limits": "name nightly: at most 1", "workflows": 1}]`,
	"Events that nobody took":   `[{"workflow_id": "count-1", "key": "pause", "payload": {"minutes": 5}}]`,
	"Workers and what they run": `[{"alive": true, "workflow_id": "count-1", "step": "count_rows", "attempt": 1}]`,
	"Queues that fall behind":   `[{"queue": "default", "workers": 1, "ready": 1}]`,
	"Longest-running workflows": `[
		{"workflow_id": "reminder-1", "name": null, "steps": 1}, {"workflow_id": "count-1", "name": null, "steps": 1},
		{"workflow_id": "rates-1", "name": null, "steps": 1}, {"workflow_id": "order-1", "name": null, "steps": 2},
		{"workflow_id": "nightly-1", "name": "nightly", "steps": 1}
	]`,
	"Retries to come": `[{"workflow_id": "rates-1", "step": "fetch_rates", "function": "fetch_rates", "error": "errors.errorString: too busy"}]`,
	"A workflow as a graph": `[
		{"line": "\"book_flight\" -> \"finalize_trip\""}, {"line": "\"book_return\" -> \"finalize_trip\""},
		{"line": "\"book_hotel\" -> \"finalize_trip\""}
	]`,
}

// Each report has, of the workflows that the pages speak of, what is the case.
func TestReportsHaveWhatIsTheCase(t *testing.T) {
	t.Parallel()
	pool := testdb.As(t, setup(t), "weir_reader")
	require.GreaterOrEqual(t, len(reports), 10)
	for heading, want := range reports {
		t.Run(heading, func(t *testing.T) {
			t.Parallel()
			var expected []map[string]any
			require.NoError(t, json.Unmarshal([]byte(want), &expected))
			require.ElementsMatch(t, expected, narrowed(report(t, pool, heading), expected))
		})
	}
	t.Run("Throughput", func(t *testing.T) {
		t.Parallel()
		succeeded, failed := 0.0, 0.0
		for _, minute := range report(t, pool, "Throughput") { // the run may have seen two
			succeeded += minute["succeeded"].(float64)
			failed += minute["failed"].(float64)
		}
		require.Equal(t, []float64{3, 2}, []float64{succeeded, failed})
	})
}

// report returns the rows of the report that the page has under a heading.
func report(t *testing.T, pool *pgxpool.Pool, heading string) (rows []map[string]any) {
	t.Helper()
	for _, b := range blocks(t, "docs/sql.md", "sql") {
		if b.heading == heading {
			report := strings.TrimSuffix(strings.TrimSpace(b.text), ";")
			require.NoError(t, pool.QueryRow(t.Context(), `select json_agg(r) from (`+report+`) as r`).Scan(&rows))
			return rows
		}
	}
	require.FailNow(t, "no such report")
	return nil
}

// narrowed leaves of each row the columns that the first expected one has.
func narrowed(rows, expected []map[string]any) []map[string]any {
	for _, row := range rows {
		maps.DeleteFunc(row, func(column string, _ any) bool {
			_, told := expected[0][column]
			return !told
		})
	}
	return rows
}
