package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStartPrintsTheId(t *testing.T) {
	t.Parallel()
	r := setup(t)
	require.Equal(t, "w\n", r.done(t, "start", "greet", "--input", `"ann"`, "--id", "w", "--metadata", `{"n": 12345678901234567890}`))
	require.Equal(t, "greet", r.row(t, "get", "w")["name"])
	require.Contains(t, r.done(t, "get", "w"), `{"n": 12345678901234567890}`)

	id := strings.TrimSpace(r.done(t, "start", "greet"))
	require.Len(t, id, 36)
	require.Equal(t, map[string]any{"workflow_id": "v", "created": true, "same_graph": true},
		r.row(t, "start", "greet", "--id", "v"))
}

func TestStartTakesInputFromWhereItIs(t *testing.T) {
	t.Parallel()
	r := setup(t)
	file := filepath.Join(t.TempDir(), "input.json")
	require.NoError(t, os.WriteFile(file, []byte("\n \"bob\"\n"), 0o600))
	require.Equal(t, "\"hello ann\"\n", r.done(t, "start", "greet", "--input", `"ann"`, "--wait"))
	require.Equal(t, "\"hello bob\"\n", r.done(t, "start", "greet", "--input", "@"+file, "--wait"))

	got := wfadminStdin(t.Context(), `"cid"`, on(r.url, "start", "greet", "--input", "-", "--wait", "--timeout", "1m")...)
	require.Equal(t, output{exitOK, "\"hello cid\"\n", ""}, got)
}

func TestStartOfATakenId(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.ended(t, "w", crash.Call("no"))

	got := r.run(t, "start", "greet", "--id", "w", "--on-existing", "reject")
	require.Equal(t, exitState, got.code)
	require.Contains(t, got.stderr, "workflow already exists")

	got = r.run(t, "start", "greet", "--id", "w", "--on-existing", "attach")
	require.Equal(t, exitOK, got.code)
	require.Equal(t, "w\n", got.stdout)
	require.Contains(t, got.stderr, "there was a workflow of this id")
	require.Equal(t, "FAILED", r.row(t, "get", "w")["status"])

	got = r.run(t, "start", "greet", "--id", "w", "-o", "json")
	require.Equal(t, exitOK, got.code)
	require.JSONEq(t, `{"workflow_id": "w", "created": false, "same_graph": false}`, got.stdout)
}

func TestStartWaitsForTheEnd(t *testing.T) {
	t.Parallel()
	r := setup(t)
	got := r.run(t, "start", "crash", "--input", `"no \u001broute"`, "--wait")
	require.Equal(t, exitStepFailed, got.code)
	require.Contains(t, got.stderr, `step "crash" failed after 1 attempt: no \x1broute`)
	require.Empty(t, got.stdout)

	r.done(t, "cancel", r.sleeping(t, "w"))
	got = r.run(t, "start", "greet", "--id", "w", "--on-existing", "attach", "--wait")
	require.Equal(t, exitCanceled, got.code)
	require.Contains(t, got.stderr, "workflow canceled")

	got = r.run(t, "start", "nobodys", "--id", "v", "--wait", "--timeout", "10ms")
	require.Equal(t, exitState, got.code)
	require.Contains(t, got.stderr, `there is no output: workflow "v" is RESUMABLE`)
	require.Equal(t, []any{"no live worker knows the function"}, column(r.rows(t, "why", "v"), "reason"))
}

func TestStartUsesTheQueue(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.done(t, "start", "greet", "--id", "w", "--queue", "gpu")
	require.Equal(t, []any{"gpu"}, column(r.rows(t, "steps", "w"), "queue"))
}

func TestStartBehindAFullLimit(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.done(t, "limit", "set", "--name", "nobodys", "--max-running", "1", "--max-pending", "0")
	r.done(t, "start", "nobodys")
	got := r.run(t, "start", "nobodys")
	require.Equal(t, exitState, got.code)
	require.Contains(t, got.stderr, "too many workflows wait already")
}

func TestStartNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	r := setup(t)
	for stderr, args := range map[string][]string{
		"wfadmin: NAME: is empty":                                    {""},
		"wfadmin: NAME: \"weir.sleep\" is reserved":                  {"weir.sleep"},
		"wfadmin: --id: has a control character":                     {"greet", "--id", "a\n"},
		"wfadmin: --queue: of \"greet\": \"G P U\" is no queue name": {"greet", "--queue", "G P U"},
		"wfadmin: --input: ":                                         {"greet", "--input", `"\u0000"`},
		"wfadmin: --metadata: ":                                      {"greet", "--metadata", `{"a": "\u0000"}`},
	} {
		got := r.run(t, append([]string{"start"}, args...)...)
		require.Equal(t, exitUsage, got.code, got.stderr)
		require.Contains(t, got.stderr, stderr)
		require.Empty(t, got.stdout)
	}
	require.Equal(t, "[]\n", r.done(t, "list", "-o", "json"), "nothing was stored")
}
