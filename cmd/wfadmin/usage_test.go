package main

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRefusesBadCommandLines(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	const nowhere = "postgres://weir:secret@127.0.0.1:1/weir"
	for name, test := range map[string]struct {
		args   []string
		stderr string
	}{
		"unknown command":         {[]string{"nope"}, `unknown command "nope" for "wfadmin"`},
		"nearly a command":        {[]string{"migrat"}, "did you mean migrate?"},
		"unknown subcommand":      {[]string{"migrate", "sideways"}, `unknown command "sideways" for "wfadmin migrate"`},
		"unknown flag":            {[]string{"check", "--fix"}, "unknown flag: --fix"},
		"argument":                {[]string{"check", "all"}, `takes no argument, and got "all"`},
		"empty connection string": {on("", "migrate", "up"), "--database-url is empty"},
		"bad connection string":   {on("postgres://weir:secret@[::1", "migrate", "up"), "connection string of the database"},
		"bad port":                {on("postgres://weir:secret@localhost:port/weir", "demo"), "connection string of the database"},
		"down without yes":        {on(nowhere, "migrate", "down"), `database "weir" on 127.0.0.1:1; to do it, add --yes`},
		"dev of nothing":          {[]string{"dev", "--data", ""}, "--data is empty"},
		"dev of a database":       {on(nowhere, "dev"), "takes no --database-url"},
		"demo of nothing":         {[]string{"demo", "--dir", ""}, "--dir is empty"},
		"demo of nowhere":         {[]string{"demo", "--dir", filepath.Join(t.TempDir(), "gone")}, "no such file"},
		"demo of a file":          {[]string{"demo", "--dir", file}, "not a folder"},
		"demo of little":          {[]string{"demo", "--dir", filepath.Dir(file)}, "holds 1 folders with files"},
		"demo of a nameless":      {[]string{"demo", "--dir", tree(t, 1, "\xff")}, "not valid UTF-8"},
		"unknown output":          {[]string{"check", "-o", "xml"}, "not table or json"},
		"missing argument":        {[]string{"get"}, "wfadmin get: ID is missing"},
		"argument too many":       {[]string{"get", "a", "b"}, `wfadmin get takes ID, and got "b", too`},
		"unknown state":           {on(nowhere, "steps", "a", "--state", "done"), `--state: "done" is none of waiting, ready`},
		"delete without yes":      {on(nowhere, "delete", "a"), `workflow "a" from database "weir" on 127.0.0.1:1; to do it, add --yes`},
		"limit of nothing":        {[]string{"limit", "set", "--max-running", "1"}, "takes either --name or --queue"},
		"limit of two":            {[]string{"limit", "lift", "--name", "a", "--queue", "b"}, "takes either --name or --queue"},
		"limit without bound":     {[]string{"limit", "set", "--name", "a"}, "--max-running is missing"},
		"input is no JSON":        {on(nowhere, "start", "a", "--input", "{"), "--input is no JSON: unexpected end of JSON input"},
		"input of two values":     {on(nowhere, "start", "a", "--input", "1 2"), "--input is no JSON: invalid character '2'"},
		"input of no file":        {on(nowhere, "start", "a", "--input", "@nowhere.json"), "--input: open nowhere.json: no such file"},
		"input of an empty file":  {on(nowhere, "start", "a", "--input", "@"+file), "--input is no JSON"},
		"metadata is no JSON":     {on(nowhere, "start", "a", "--metadata", "owner"), "--metadata is no JSON"},
		"metadata is a list":      {on(nowhere, "start", "a", "--metadata", "[]"), "--metadata is no JSON object"},
		"metadata is null":        {on(nowhere, "start", "a", "--metadata", " null "), "--metadata is no JSON object"},
		"start of an empty id":    {on(nowhere, "start", "a", "--id", ""), "--id is empty"},
		"start of anything":       {on(nowhere, "start", "a", "--on-existing", "replace"), "one of resume, attach and reject"},
		"timeout without wait":    {on(nowhere, "start", "a", "--timeout", "1s"), "--timeout is of no use without --wait"},
		"timeout of nothing":      {on(nowhere, "start", "a", "--wait", "--timeout", "0s"), "--timeout: is 0s: more than 0"},
		"timeout of no unit":      {on(nowhere, "start", "a", "--wait", "--timeout", "5"), `invalid argument "5" for "--timeout" flag`},
		"event without key":       {on(nowhere, "event", "a"), "wfadmin event: KEY is missing"},
		"payload is no JSON":      {on(nowhere, "event", "a", "b", "--payload", "paid"), "--payload is no JSON"},
		"dedupe of nothing":       {on(nowhere, "event", "a", "b", "--dedupe", ""), "--dedupe is empty"},
		"result of no step":       {on(nowhere, "result", "a", "--step", ""), "--step is empty"},
		"result in time":          {on(nowhere, "result", "a", "--timeout", "1s"), "--timeout is of no use without --wait"},
		"status of nothing":       {on(nowhere, "list", "--status", ""), "--status is empty"},
		"state of nothing":        {on(nowhere, "steps", "a", "--state", ""), "--state is empty"},
		"name of nothing":         {on(nowhere, "list", "--name", ""), "--name is empty"},
		"cursor of nothing":       {on(nowhere, "list", "--after", ""), "--after is empty"},
		"filter is a list":        {on(nowhere, "list", "--metadata", "[]"), "--metadata is no JSON object"},
		"page of nothing":         {on(nowhere, "list", "--limit", "0"), "--limit: is 0: at least 1"},
		"all of a page":           {on(nowhere, "list", "--limit", "10", "--all"), "--all goes without --limit"},
		"unknown time":            {on(nowhere, "list", "--created-from", "yesterday"), "not a time such as 2026-01-02T15:04:05Z, or how long ago"},
		"time to come":            {on(nowhere, "list", "--created-from", "-5m"), "not a time such as"},
		"no number of days":       {on(nowhere, "list", "--finished-before", "xd"), "not a time such as"},
		"control characters":      {[]string{"demo", "--dir", "\x1b[31m"}, `\x1b`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := wfadmin(t, test.args...)
			require.Equal(t, exitUsage, got.code)
			require.Contains(t, got.stderr, test.stderr)
			require.Empty(t, got.stdout)
			require.NotContains(t, got.stderr, "secret")
			require.NotContains(t, got.stderr, "\x1b")
		})
	}
}

func TestHelpListsTheExitCodes(t *testing.T) {
	t.Parallel()
	got := wfadmin(t)
	require.Equal(t, exitOK, got.code)
	for _, code := range []int{
		exitOK, exitFailed, exitUsage, exitServer, exitSchema,
		exitNotFound, exitState, exitStepFailed, exitCanceled, exitInterrupted,
	} {
		require.Regexp(t, `(?m)^  `+strconv.Itoa(code)+` +\w`, got.stdout)
	}
	require.NotContains(t, got.stdout, demoWorkerName)
}

func TestVersionNamesTheBuild(t *testing.T) {
	t.Parallel()
	got := wfadmin(t, "version")
	require.Equal(t, exitOK, got.code)
	require.Regexp(t, `^wfadmin \S+.*\ngo1\.\d+`, got.stdout)
}
