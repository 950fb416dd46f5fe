package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/internal/testdb"
)

func TestMigratesUpAndDown(t *testing.T) {
	t.Parallel()
	url := testdb.Empty(t)

	status := wfadmin(t, on(url, "migrate", "status")...)
	require.Equal(t, exitOK, status.code)
	require.Contains(t, status.stdout, "none")
	require.Contains(t, status.stdout, "Run: wfadmin migrate up")

	require.Regexp(t, `^Created Weir, version \d+\.\n$`, wfadmin(t, on(url, "migrate", "up")...).stdout)
	require.Regexp(t, `^Nothing to do: .* at version \d+\.\n$`, wfadmin(t, on(url, "migrate", "up")...).stdout)
	require.Equal(t, exitOK, wfadmin(t, on(url, "migrate", "verify")...).code)
	require.Contains(t, wfadmin(t, on(url, "migrate", "status")...).stdout, "The database is up to date.")

	require.Equal(t, exitUsage, wfadmin(t, on(url, "migrate", "down")...).code)
	require.Equal(t, exitOK, wfadmin(t, on(url, "migrate", "verify")...).code, "nothing was removed")

	for _, done := range []string{"Removed Weir from the database.\n", "Nothing to do: Weir is not in the database.\n"} {
		require.Equal(t, output{exitOK, done, ""}, wfadmin(t, on(url, "migrate", "down", "--yes")...))
	}
	require.Equal(t, exitSchema, wfadmin(t, on(url, "migrate", "verify")...).code)
}

func TestUpBringsAnOlderDatabaseForward(t *testing.T) {
	t.Parallel()
	url := altered("update weir_internal.schema_objects set checksum = 'old'")(t)
	require.Contains(t, wfadmin(t, on(url, "migrate", "status")...).stdout, "others")
	up := wfadmin(t, on(url, "migrate", "up")...)
	require.Equal(t, output{exitOK, "Replaced the functions and views; the tables were up to date.\n", ""}, up)
	require.Equal(t, exitOK, wfadmin(t, on(url, "migrate", "verify")...).code)
}

func TestUpLeavesANewerDatabaseAlone(t *testing.T) {
	t.Parallel()
	url := altered("update weir_internal.schema_migrations set version = 999")(t)
	require.Equal(t, exitSchema, wfadmin(t, on(url, "migrate", "up")...).code)
	require.Equal(t, exitSchema, wfadmin(t, on(url, "migrate", "down", "--yes")...).code)
	require.Contains(t, wfadmin(t, on(url, "migrate", "status")...).stdout, "newer than this binary")
}

func TestDownNamesWhatOthersBuilt(t *testing.T) {
	t.Parallel()
	url := altered("create view public.mine as select * from weir.workflows")(t)
	got := wfadmin(t, on(url, "migrate", "down", "--yes")...)
	require.Equal(t, exitSchema, got.code)
	require.Contains(t, got.stderr, "view public.mine")
	require.Contains(t, got.stderr, "Drop them")
}

func TestShowsTheSQLWithoutADatabase(t *testing.T) {
	t.Parallel()
	const nowhere = "postgres://127.0.0.1:1/weir"
	for command, part := range map[string]string{
		"up":     "create function weir.check()",
		"down":   "drop schema",
		"status": "from weir_internal.schema_migrations",
		"verify": "from weir_internal.schema_migrations",
	} {
		got := wfadmin(t, on(nowhere, "migrate", command, "--show-sql")...)
		require.Equal(t, exitOK, got.code, command)
		require.Contains(t, got.stdout, part)
		require.Empty(t, got.stderr)
	}
}

func TestTheSQLIsTheMigration(t *testing.T) {
	t.Parallel()
	url := testdb.Empty(t)
	exec(t, url, wfadmin(t, "migrate", "up", "--show-sql").stdout)
	require.Equal(t, exitOK, wfadmin(t, on(url, "migrate", "verify")...).code)
	exec(t, url, wfadmin(t, "migrate", "down", "--show-sql").stdout)
	require.Equal(t, exitSchema, wfadmin(t, on(url, "migrate", "verify")...).code)
}

func TestTheSQLOfVerifyFailsWithoutWeirOnly(t *testing.T) {
	t.Parallel()
	script := wfadmin(t, "migrate", "verify", "--show-sql").stdout
	require.Equal(t, script, wfadmin(t, "migrate", "status", "--show-sql").stdout)
	exec(t, testdb.URL(t), script)
	_, err := connect(t, testdb.Empty(t)).Exec(t.Context(), script)
	require.ErrorContains(t, err, "does not exist")
}
