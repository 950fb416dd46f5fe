package main

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/internal/testdb"
	"github.com/pgweir/weir/sdk"
)

var (
	echo  = sdk.Step[string, string]{Name: "echo"}
	both  = sdk.Step2[string, string, string]{Name: "both"}
	crash = sdk.Step[string, string]{Name: "crash"}
)

// greet makes a graph that says hello to whom it is given.
var greet = sdk.Define("greet", func(name string) sdk.Ref[string] {
	return both.Bind(echo.Call("hello "), echo.Call(name))
})

// purse is the state of the actors.
type purse struct{ Coins int }

var (
	purses = sdk.Actor[purse, int]{Type: "Purse"}
	put    = sdk.Method[purse, int, int]{Actor: "Purse", Name: "put"}
)

// rig is a database with a worker that runs echo, both, crash and greet, and purses.
type rig struct {
	url    string
	client *sdk.Client
}

func setup(t *testing.T) *rig {
	t.Helper()
	pool := testdb.New(t)
	client, err := sdk.New(sdk.Config{Pool: pool, Handlers: []sdk.Handler{
		echo.Do(func(_ context.Context, s string) (string, error) { return s, nil }),
		both.Do(func(_ context.Context, a, b string) (string, error) { return a + b, nil }),
		crash.Do(func(_ context.Context, s string) (string, error) { return "", sdk.Permanent(errors.New(s)) }),
		greet.Handler(),
		purses.Do(func(_ context.Context, coins int) (*purse, error) { return &purse{coins}, nil }),
		put.Do(func(p *purse, _ context.Context, coins int) (int, error) {
			if coins < 0 {
				return 0, errors.New("\x1b[31mno")
			}
			p.Coins += coins
			return p.Coins, nil
		}),
	}})
	require.NoError(t, err)
	require.NoError(t, client.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, client.Stop(context.WithoutCancel(t.Context()))) })
	return &rig{url: pool.Config().ConnString(), client: client}
}

// start starts a workflow and returns its id.
func (r *rig) start(t *testing.T, id string, root sdk.Ref[string]) string {
	t.Helper()
	_, err := sdk.Start(t.Context(), r.client, root, sdk.StartOpts{ID: id, Metadata: map[string]any{"owner": "ann"}})
	require.NoError(t, err)
	return id
}

// ended is start, and returns when the workflow has ended, however.
func (r *rig) ended(t *testing.T, id string, root sdk.Ref[string]) string {
	t.Helper()
	_, err := sdk.Attach[string](r.client, r.start(t, id, root)).Wait(t.Context())
	require.NotErrorIs(t, err, context.Canceled)
	return id
}

// sleeping starts a workflow that doesn't end.
func (r *rig) sleeping(t *testing.T, id string) string {
	t.Helper()
	return r.start(t, id, echo.Call("late").After(sdk.Sleep(time.Hour)))
}

func (r *rig) run(t *testing.T, args ...string) output {
	t.Helper()
	return wfadmin(t, on(r.url, args...)...)
}

// done runs a command that has to succeed, and returns its standard output.
func (r *rig) done(t *testing.T, args ...string) string {
	t.Helper()
	got := r.run(t, args...)
	require.Equal(t, exitOK, got.code, got.stderr)
	require.Empty(t, got.stderr)
	return got.stdout
}

// row runs a command that prints a row as JSON.
func (r *rig) row(t *testing.T, args ...string) (row map[string]any) {
	t.Helper()
	r.decode(t, &row, args...)
	return row
}

// rows runs a command that prints rows as JSON.
func (r *rig) rows(t *testing.T, args ...string) (rows []map[string]any) {
	t.Helper()
	r.decode(t, &rows, args...)
	return rows
}

func (r *rig) decode(t *testing.T, into any, args ...string) {
	t.Helper()
	text := r.done(t, append(args, "-o", "json")...)
	require.NoError(t, json.Unmarshal([]byte(text), into), text)
}

// as is the rig as a database user with the rights of a role.
func (r *rig) as(role string) *rig {
	return &rig{url: r.url + "&role=" + role, client: r.client}
}

// column is that of rows.
func column(rows []map[string]any, name string) []any {
	values := make([]any, len(rows))
	for i, row := range rows {
		values[i] = row[name]
	}
	return values
}
