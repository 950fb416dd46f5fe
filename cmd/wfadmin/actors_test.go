package main

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/sdk"
)

// purse creates an actor that has answered its constructor's call.
func (r *rig) purse(t *testing.T, id string) sdk.ActorRef[purse] {
	t.Helper()
	actor, err := purses.GetOrCreate(t.Context(), r.client, id, 1)
	require.NoError(t, err)
	require.NoError(t, actor.Ready(t.Context()))
	return actor
}

// blocked has a call block an actor, and another one wait behind it.
func (r *rig) blocked(t *testing.T, id string) {
	t.Helper()
	actor := r.purse(t, id)
	_, err := put.With(sdk.CallOpts{Block: true}).Run(t.Context(), actor, -1)
	require.ErrorIs(t, err, sdk.ErrBlocked)
	_, err = put.Start(t.Context(), actor, 5)
	require.NoError(t, err)
}

func TestActorsAreListedByIDAndFiltered(t *testing.T) {
	t.Parallel()
	r := setup(t)
	require.Equal(t, "There is no such actor.\n", r.done(t, "actors", "list"))
	for i := range 3 {
		r.purse(t, strconv.Itoa(i))
	}
	r.blocked(t, "3")
	require.Equal(t, []any{"0", "1", "2", "3"}, column(r.rows(t, "actors", "list"), "actor_id"))
	require.Equal(t, []any{"1", "2"}, column(r.rows(t, "actors", "list", "--type", "Purse", "--after", "0", "--limit", "2"), "actor_id"))
	require.Empty(t, r.rows(t, "actors", "list", "--type", "Wallet"))
	rows := r.rows(t, "actors", "list", "--status", "BLOCKED,FAILED")
	require.Equal(t, []any{"3"}, column(rows, "actor_id"))
	require.Equal(t, []any{"a call has failed and blocks the others"}, column(rows, "blocked"))

	table := r.done(t, "actors", "list")
	require.Contains(t, table, `\x1b[31mno`)
	require.NotContains(t, table, "\x1b")
}

func TestAnActorIsShown(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.blocked(t, "a")
	row := r.row(t, "actors", "get", "Purse", "a")
	require.Equal(t, "BLOCKED", row["status"])
	require.EqualValues(t, 2, row["waiting"])
	require.NotNil(t, row["waiting_since"])
	require.EqualValues(t, 0, row["reminders"])
	require.Equal(t, map[string]any{"Coins": 1.0}, row["state"])
	require.Equal(t, "{\"Coins\": 1}\n", r.done(t, "actors", "state", "Purse", "a"))

	calls := r.rows(t, "actors", "calls", "Purse", "a")
	require.Equal(t, []any{3.0, 2.0, 1.0}, column(calls, "seq"))
	require.Equal(t, []any{5.0, -1.0, 1.0}, column(calls, "args"))
	require.Equal(t, []any{1.0}, column(r.rows(t, "actors", "calls", "Purse", "a", "--status", "SUCCESSFUL"), "seq"))
	require.Equal(t, []any{2.0}, column(r.rows(t, "actors", "calls", "Purse", "a", "--before", "3", "--limit", "1"), "seq"))
	require.NotContains(t, r.done(t, "actors", "calls", "Purse", "a"), "\x1b")
}

func TestActorsAreSteered(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.blocked(t, "a")
	require.JSONEq(t, `{"type": "Purse", "actor_id": "a", "seq": 4}`, r.done(t, "actors", "call", "Purse", "a", "put", "--args", "7", "-o", "json"))

	got := r.run(t, "actors", "set-state", "Purse", "a", "--state", `{"Coins": 10}`, "--version", "9", "--reason", "a test")
	require.Equal(t, exitState, got.code)
	require.Equal(t, "Purse \"a\" has version 2.\n",
		r.done(t, "actors", "set-state", "Purse", "a", "--state", `{"Coins": 10}`, "--version", "1", "--reason", "a test"))
	require.Equal(t, "{\"Coins\": 10}\n", r.done(t, "actors", "state", "Purse", "a"))

	require.Equal(t, "Purse \"a\" goes on.\n", r.done(t, "actors", "resume", "Purse", "a"))
	require.Equal(t, exitUsage, r.run(t, "actors", "delete", "Purse", "a").code)
	require.Equal(t, "Purse \"a\" is deleted.\n", r.done(t, "actors", "delete", "Purse", "a", "--yes"))
	for _, args := range [][]string{
		{"get", "Purse", "a"},
		{"state", "Purse", "a"},
		{"calls", "Purse", "a"},
		{"resume", "Purse", "a"},
		{"call", "Purse", "a", "put"},
		{"delete", "Purse", "a", "--yes"},
		{"set-state", "Purse", "a", "--state", "1", "--version", "1", "--reason", "x"},
	} {
		require.Equal(t, exitNotFound, r.run(t, append([]string{"actors"}, args...)...).code, args)
	}
}

func TestBadCommandLinesOfActors(t *testing.T) {
	t.Parallel()
	r := setup(t)
	for want, args := range map[string][]string{
		"--after goes with --type":              {"list", "--after", "a"},
		"--limit: is 0":                         {"list", "--limit", "0"},
		`--status: "DONE" is none of CREATING`:  {"list", "--status", "DONE"},
		`--status: "BLOCKED" is none of QUEUED`: {"calls", "Purse", "a", "--status", "BLOCKED"},
		"ID is missing":                         {"get", "Purse"},
		"--reason is missing":                   {"set-state", "Purse", "a", "--state", "1", "--version", "1"},
		"--args is no JSON":                     {"call", "Purse", "a", "put", "--args", "x"},
		`TYPE: "a.b" has a dot`:                 {"state", "a.b", "a"},
		`METHOD: "a.b" has a dot`:               {"call", "Purse", "a", "a.b"},
		"--reason: ":                            {"set-state", "Purse", "a", "--state", "1", "--version", "1", "--reason", ""},
	} {
		r.purse(t, "a")
		got := r.run(t, append([]string{"actors"}, args...)...)
		require.Equal(t, exitUsage, got.code, args)
		require.Contains(t, got.stderr, want)
	}
}
