package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/sdk"
)

func ids(rows []map[string]any) []any { return column(rows, "workflow_id") }

func TestListShowsTheNewestFirst(t *testing.T) {
	t.Parallel()
	r := setup(t)
	require.Equal(t, "There is no such workflow.\n", r.done(t, "list"))
	require.Equal(t, "[]\n", r.done(t, "list", "-o", "json"))
	r.ended(t, "a", crash.Call("no"))
	r.sleeping(t, "b")

	rows := r.rows(t, "list")
	require.Equal(t, []any{"b", "a"}, ids(rows))
	require.Equal(t, "crash", rows[1]["failed_step"])
	require.Equal(t, "no", rows[1]["error"].(map[string]any)["message"])
	require.Equal(t, map[string]any{"owner": "ann"}, rows[1]["metadata"])
	require.EqualValues(t, 1, rows[1]["steps"])
	for _, null := range []string{"name", "failed_step", "error", "cancel_reason", "finished_at"} {
		require.Contains(t, rows[0], null)
		require.Nil(t, rows[0][null], null)
	}
	require.Regexp(t, `│ a +│ +│ FAILED +│ 1 .*│ crash +│ errors.errorString: no │`, r.done(t, "list"))
}

func TestListFilters(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.ended(t, "a-1", crash.Call("no"))
	r.sleeping(t, "a-2")
	r.ended(t, "b-3", echo.Call("x"))
	r.done(t, "start", "greet", "--id", "b-4", "--input", `"x"`, "--metadata", `{"owner": "bob", "n": 12345678901234567890}`, "--wait")

	for filter, want := range map[string][]any{
		"--status FAILED":                            {"a-1"},
		"--status failed,running":                    {"a-2", "a-1"},
		"--status FAILED --status SUCCESSFUL":        {"b-4", "b-3", "a-1"},
		"--name greet":                               {"b-4"},
		"--name nobodys":                             {},
		`--metadata {"owner":"ann"}`:                 {"b-3", "a-2", "a-1"},
		`--metadata {"n":12345678901234567890}`:      {"b-4"},
		"--id-prefix a-":                             {"a-2", "a-1"},
		"--created-from 1h":                          {"b-4", "b-3", "a-2", "a-1"},
		"--created-before 1h":                        {},
		"--finished-from 1d":                         {"b-4", "b-3", "a-1"},
		"--finished-before 2026-01-02T15:04:05Z":     {},
		"--created-from 2026-01-02T15:04:05+02:00":   {"b-4", "b-3", "a-2", "a-1"},
		"--id-prefix b- --status SUCCESSFUL --all":   {"b-4", "b-3"},
		"--id-prefix a- --status SUCCESSFUL --all":   {},
		"--finished-before 0s --status FAILED --all": {"a-1"},
	} {
		require.Equal(t, want, ids(r.rows(t, append([]string{"list"}, strings.Fields(filter)...)...)), filter)
	}
}

func TestListIsReadPageByPage(t *testing.T) {
	t.Parallel()
	r := setup(t)
	var starts []sdk.StartManyParams[string]
	var want []any
	for i := range 250 {
		id := fmt.Sprintf("w-%03d", i)
		starts = append(starts, sdk.StartManyParams[string]{Root: echo.Call("late").After(sdk.Sleep(time.Hour)), Opts: sdk.StartOpts{ID: id}})
		want = append(want, id)
	}
	_, err := sdk.StartMany(t.Context(), r.client, starts)
	require.NoError(t, err)

	require.Len(t, r.rows(t, "list"), 100)
	all := ids(r.rows(t, "list", "--all"))
	require.ElementsMatch(t, want, all)
	require.Equal(t, 251+3, strings.Count(r.done(t, "list", "--all"), "\n"))

	var read []any
	after := []string{}
	for page := range 4 {
		rows := r.rows(t, append([]string{"list", "--limit", "80"}, after...)...)
		require.Len(t, rows, []int{80, 80, 80, 10}[page])
		read = append(read, ids(rows)...)
		require.Nil(t, rows[0]["cursor"])
		if page < 3 {
			after = []string{"--after", rows[79]["cursor"].(string)}
		} else {
			require.Nil(t, rows[9]["cursor"])
		}
	}
	require.Equal(t, all, read)
	require.Regexp(t, `(?m)^The next page: --after \d+$`, r.done(t, "list", "--limit", "249"))
	require.NotContains(t, r.done(t, "list", "--limit", "251"), "next page")
}

func TestListNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.sleeping(t, "w")
	for stderr, args := range map[string][]string{
		"wfadmin: --status: 'DONE' is unknown":             {"--status", "done"},
		"wfadmin: --status: is empty":                      {"--status", "FAILED,"},
		"wfadmin: --after: 'next' is no cursor of a list":  {"--after", "next"},
		"wfadmin: --limit: is 1001: between 1 and 1000":    {"--limit", "1001"},
		"wfadmin: --limit: is -1: between 1 and 1000":      {"--limit", "-1"},
		"wfadmin: --name: has a control character":         {"--name", "a\n"},
		"wfadmin: --id-prefix: has a control character":    {"--id-prefix", "a\x1b"},
		"wfadmin: --metadata: ":                            {"--metadata", `{"a": "\u0000"}`},
		"wfadmin: --after: 'other' is no cursor of a list": {"--all", "--after", "other"},
	} {
		for _, format := range []string{"table", "json"} {
			got := r.run(t, append([]string{"list", "-o", format}, args...)...)
			require.Equal(t, exitUsage, got.code, "%s: %s", args, got.stderr)
			require.Contains(t, got.stderr, stderr)
			require.Empty(t, got.stdout)
		}
	}
}
