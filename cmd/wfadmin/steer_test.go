package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCancelStopsAWorkflow(t *testing.T) {
	t.Parallel()
	r := setup(t)
	require.Equal(t, "a is CANCELED.\n", r.done(t, "cancel", r.sleeping(t, "a")))
	require.Equal(t, "a is CANCELED.\n", r.done(t, "cancel", "a"), "again")
	require.JSONEq(t, `{"workflow_id": "b", "status": "CANCELED"}`, r.done(t, "cancel", r.sleeping(t, "b"), "-o", "json"))

	got := r.run(t, "cancel", r.ended(t, "c", echo.Call("a")))
	require.Equal(t, exitState, got.code)
	require.Contains(t, got.stderr, "'c' is SUCCESSFUL")
	require.Contains(t, got.stderr, "wfadmin resume")
}

func TestResumeSetsAWorkflowGoing(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.done(t, "cancel", r.sleeping(t, "a"))
	require.Equal(t, "a is RUNNING.\n", r.done(t, "resume", "a"))
	require.JSONEq(t, `{"workflow_id": "b", "status": "SUCCESSFUL"}`,
		r.done(t, "resume", r.ended(t, "b", echo.Call("a")), "-o", "json"))
}

func TestDeleteRemovesWhatHasEnded(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.ended(t, "a", echo.Call("a"))
	require.Equal(t, exitUsage, r.run(t, "delete", "a").code)
	require.Equal(t, "a is deleted.\n", r.done(t, "delete", "a", "--yes"))
	require.Equal(t, exitNotFound, r.run(t, "get", "a").code)
	require.JSONEq(t, `{"workflow_id": "b", "deleted": true}`,
		r.done(t, "delete", r.ended(t, "b", echo.Call("a")), "--yes", "-o", "json"))

	got := r.run(t, "delete", r.sleeping(t, "c"), "--yes")
	require.Equal(t, exitState, got.code)
	require.Contains(t, got.stderr, "'c' is RUNNING")
	require.Contains(t, got.stderr, "wfadmin cancel")
}

func TestResumeAllListsWhatItResumed(t *testing.T) {
	t.Parallel()
	r := setup(t)
	require.Equal(t, "There is nothing to resume.\n", r.done(t, "resume-all"))

	r.ended(t, "a", crash.Call("no"))
	r.done(t, "cancel", r.sleeping(t, "b"))
	require.Equal(t, "[]\n", r.done(t, "resume-all", "-o", "json"), "nobody's but nobody asked for failed ones")
	require.JSONEq(t, `[{"workflow_id": "a", "status": "RUNNING", "error": null}]`,
		r.done(t, "resume-all", "--include-failed", "-o", "json"))
}

func TestResumeAllSaysWhatItLeft(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.ended(t, "a", crash.Call("no"))
	tx, err := connect(t, r.url).Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), "select from weir_internal.workflow for update")
	require.NoError(t, err)

	got := r.run(t, "resume-all", "--include-failed")
	require.Equal(t, exitFailed, got.code)
	require.Regexp(t, `│ a +│ FAILED │ .*somebody has it locked`, got.stdout)
	require.Contains(t, got.stderr, "1 of 1 workflows were left as they were")
	require.NoError(t, tx.Rollback(t.Context()))
}

func TestLimitsAreSetListedAndLifted(t *testing.T) {
	t.Parallel()
	r := setup(t)
	require.Equal(t, "There is no limit.\n", r.done(t, "limit", "list"))

	require.Equal(t, "The queue default has a limit of 1.\n",
		r.done(t, "limit", "set", "--queue", "default", "--max-running", "1", "--max-pending", "2"))
	require.JSONEq(t, `{"scope": "name", "key": "trip", "max_running": 3, "max_pending": null}`,
		r.done(t, "limit", "set", "--name", "trip", "--max-running", "3", "-o", "json"))
	r.sleeping(t, "a")
	r.sleeping(t, "b")
	require.JSONEq(t, `[
		{"scope": "name", "key": "trip", "max_running": 3, "max_pending": null, "running": 0, "waiting": 0},
		{"scope": "queue", "key": "default", "max_running": 1, "max_pending": 2, "running": 1, "waiting": 1}
	]`, r.done(t, "limit", "list", "-o", "json"))
	require.Regexp(t, `│ queue │ default │ 1 +│ 2 +│ 1 +│ 1 +│`, r.done(t, "limit", "list"))
	require.Equal(t, []any{"behind a limit", "behind a limit"}, column(r.rows(t, "why", "b"), "reason"))

	require.Equal(t, "The queue default has no limit.\n", r.done(t, "limit", "lift", "--queue", "default"))
	require.Equal(t, "RUNNING", r.row(t, "get", "b")["status"])
	require.JSONEq(t, `{"scope": "name", "key": "trip", "max_running": null, "max_pending": null}`,
		r.done(t, "limit", "lift", "--name", "trip", "-o", "json"))
	require.Equal(t, "[]\n", r.done(t, "limit", "list", "-o", "json"))
}

func TestLimitsOutOfBoundsAreBadInput(t *testing.T) {
	t.Parallel()
	r := setup(t)
	for stderr, args := range map[string][]string{
		"wfadmin: --max-running: is 0: at least 1":          {"--name", "a", "--max-running", "0"},
		"wfadmin: --max-pending: is -1":                     {"--name", "a", "--max-running", "1", "--max-pending", "-1"},
		"wfadmin: --queue: has a control character":         {"--queue", "a\n", "--max-running", "1"},
		`invalid argument "many" for "--max-running" flag:`: {"--name", "a", "--max-running", "many"},
	} {
		got := r.run(t, append([]string{"limit", "set"}, args...)...)
		require.Equal(t, exitUsage, got.code, got.stderr)
		require.Contains(t, got.stderr, stderr)
	}
}

func TestAReaderMayLookAndNotSteer(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.ended(t, "w", crash.Call("no"))
	r.ended(t, "v", echo.Call("a"))
	reader := r.as("weir_reader")
	for _, args := range [][]string{
		{"list"},
		{"get", "w"},
		{"steps", "w"},
		{"why", "w"},
		{"limit", "list"},
		{"check"},
		{"result", "v", "--wait"},
		{"result", "v", "--step", "echo", "--wait"},
		{"result", "v"},
	} {
		reader.done(t, args...)
	}
	for _, args := range [][]string{
		{"start", "greet"},
		{"event", "w", "paid"},
		{"cancel", "w"},
		{"resume", "w"},
		{"resume-all"},
		{"delete", "w", "--yes"},
		{"limit", "set", "--name", "a", "--max-running", "1"},
		{"limit", "lift", "--name", "a"},
	} {
		got := reader.run(t, args...)
		require.Equal(t, exitFailed, got.code, args)
		require.Contains(t, got.stderr, "permission denied", args)
		require.Contains(t, got.stderr, "weir_client", args)
	}
	require.Equal(t, "FAILED", r.row(t, "get", "w")["status"])
}
