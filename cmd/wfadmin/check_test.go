package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/internal/testdb"
)

func TestCheckIsSatisfiedWithASoundDatabase(t *testing.T) {
	t.Parallel()
	require.Equal(t, output{exitOK, "No invariant is broken.\n", ""}, wfadmin(t, on(testdb.URL(t), "check")...))
}

func TestCheckPrintsBrokenInvariants(t *testing.T) {
	t.Parallel()
	url := altered("insert into weir_internal.timer (workflow, no, due) values (7, 1, now()), (7, 2, now())")(t)
	got := wfadmin(t, on(url, "check")...)
	require.Equal(t, exitFailed, got.code)
	require.Contains(t, got.stdout, "a timer has a step that waits")
	require.Contains(t, got.stdout, "workflow 7, step 2")
	require.Contains(t, got.stderr, "2 invariants are broken")
}

func TestCheckPrintsJSON(t *testing.T) {
	t.Parallel()
	require.Equal(t, output{exitOK, "[]\n", ""}, wfadmin(t, on(testdb.URL(t), "check", "-o", "json")...))

	url := altered("insert into weir_internal.timer (workflow, no, due) values (7, 1, now())")(t)
	got := wfadmin(t, on(url, "check", "-o", "json")...)
	require.Equal(t, exitFailed, got.code)
	require.JSONEq(t, `[{
		"invariant": "a timer has a step that waits", "workflow_id": null, "step": null, "detail": "workflow 7, step 1"
	}]`, got.stdout)
}
