package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/sdk"
)

func TestGetShowsAWorkflow(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.ended(t, "w", both.Bind(echo.Call("a"), echo.Call("b")))

	row := r.row(t, "get", "w")
	require.Equal(t, "w", row["workflow_id"])
	require.Equal(t, "SUCCESSFUL", row["status"])
	require.Equal(t, map[string]any{"owner": "ann"}, row["metadata"])
	require.Equal(t, map[string]any{"succeeded": 3.0}, row["steps_by_state"])
	require.EqualValues(t, 3, row["steps"])
	require.NotEmpty(t, row["finished_at"])
	for _, null := range []string{"name", "failed_step", "error", "cancel_reason"} {
		require.Contains(t, row, null)
		require.Nil(t, row[null], null)
	}

	table := r.done(t, "get", "w")
	require.Regexp(t, `│ workflow_id +│ w +│`, table)
	require.Regexp(t, `│ status +│ SUCCESSFUL +│`, table)
	require.Regexp(t, `│ steps_by_state +│ \{"succeeded": 3\} +│`, table)
}

func TestGetShowsWhyAWorkflowFailed(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.ended(t, "w", echo.Bind(crash.Call("no route to host")))

	row := r.row(t, "get", "w")
	require.Equal(t, "FAILED", row["status"])
	require.Equal(t, "crash", row["failed_step"])
	require.Equal(t, map[string]any{"failed": 1.0, "halted": 1.0}, row["steps_by_state"])
	require.Equal(t, map[string]any{
		"step": "crash", "type": "errors.errorString", "message": "no route to host", "attempts": 1.0,
	}, row["error"])
	require.Regexp(t, `│ error +│ errors.errorString: no route to host +│`, r.done(t, "get", "w"))
}

func TestGetShowsTheReasonOfACancellation(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.done(t, "cancel", r.sleeping(t, "w"), "--reason", "the customer asked")
	require.Equal(t, "the customer asked", r.row(t, "get", "w")["cancel_reason"])
}

func TestUnknownWorkflowsAreNotFound(t *testing.T) {
	t.Parallel()
	r := setup(t)
	for _, args := range [][]string{
		{"get", "nope"},
		{"steps", "nope"},
		{"why", "nope"},
		{"result", "nope"},
		{"result", "nope", "--wait"},
		{"result", "nope", "--step", "echo"},
		{"event", "nope", "key"},
		{"cancel", "nope"},
		{"resume", "nope"},
		{"delete", "nope", "--yes"},
	} {
		for _, format := range []string{"table", "json"} {
			got := r.run(t, append(args, "-o", format)...)
			require.Equal(t, exitNotFound, got.code, args)
			require.Contains(t, got.stderr, "not found")
			require.Contains(t, got.stderr, "nope")
			require.Empty(t, got.stdout)
		}
	}
}

func TestIdsThatCanNotBeAreBadInput(t *testing.T) {
	t.Parallel()
	r := setup(t)
	for _, verb := range []string{"steps", "why", "cancel", "resume"} {
		got := r.run(t, verb, "a\x1b[31m")
		require.Equal(t, exitUsage, got.code, verb)
		require.Contains(t, got.stderr, "wfadmin: ID: has a control character")
	}
}

// What programs store must not steer the terminal of who looks at it.
func TestStoredControlCharactersAreEscaped(t *testing.T) {
	t.Parallel()
	r := setup(t)
	const evil = "\x1b[2J\nline\u009b31m\u202e"
	r.ended(t, "w", crash.Call(evil))
	exec(t, r.url, `update weir_internal.workflow set name = E'\x1b[31mname\n', metadata = '{"k": "\u009b31m"}'`)

	for _, args := range [][]string{{"list"}, {"get", "w"}, {"steps", "w"}, {"why", "w"}} {
		table := r.done(t, args...)
		require.NotContains(t, table, "\x1b")
		require.NotContains(t, table, "\u009b")
		require.NotContains(t, table, "\u202e")
		text := r.done(t, append(args, "-o", "json")...)
		require.NotContains(t, text, "\x1b")
		require.NotContains(t, text, "\u009b")
		require.NotContains(t, text, "\u202e")
	}
	require.Contains(t, r.done(t, "get", "w"), `\x1b[31mname\n`)
	require.Contains(t, r.done(t, "get", "w"), `\x1b[2J\nline\u009b31m\u202e`)

	row := r.row(t, "get", "w")
	require.Equal(t, "\x1b[31mname\n", row["name"])
	require.Equal(t, evil, row["error"].(map[string]any)["message"])
	require.Equal(t, sdk.StatusFailed, sdk.Status(row["status"].(string)))
}
