package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/sdk"
)

func TestResultPrintsTheOutput(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.ended(t, "w", both.Bind(echo.Call("a"), echo.Call("<b>")))
	for _, args := range [][]string{{}, {"--wait"}, {"--wait", "--timeout", "1m"}, {"-o", "json"}} {
		require.Equal(t, "\"a<b>\"\n", r.done(t, append([]string{"result", "w"}, args...)...))
	}
	for _, args := range [][]string{{}, {"--wait"}} {
		require.Equal(t, "\"<b>\"\n", r.done(t, append([]string{"result", "w", "--step", "echo_1"}, args...)...))
	}

	_, err := sdk.Start(t.Context(), r.client, sdk.Val(json.RawMessage(`{"big": 12345678901234567890, "null": null}`)), sdk.StartOpts{ID: "v"})
	require.NoError(t, err)
	require.Equal(t, "{\"big\": 12345678901234567890, \"null\": null}\n", r.done(t, "result", "v", "--wait"))
	_, err = sdk.Start(t.Context(), r.client, sdk.Val[any](nil), sdk.StartOpts{ID: "u"})
	require.NoError(t, err)
	require.Equal(t, "null\n", r.done(t, "result", "u", "--wait"))
}

func TestResultEscapesWhatATerminalObeys(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.ended(t, "w", echo.Call("\x1b[31m\u009b\u202e"))
	require.Equal(t, `"\u001b[31m\u009b\u202e"`+"\n", r.done(t, "result", "w"))
}

func TestResultOfWhatHasNotEnded(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.sleeping(t, "w")
	for _, args := range [][]string{
		{}, {"--step", "echo"}, {"--wait", "--timeout", "10ms"}, {"--wait", "--timeout", "10ms", "--step", "to_come"},
	} {
		got := r.run(t, append([]string{"result", "w"}, args...)...)
		require.Equal(t, exitState, got.code, args)
		require.Contains(t, got.stderr, `there is no output: workflow "w" is RUNNING`)
		require.Empty(t, got.stdout)
	}
}

func TestResultOfWhatFailed(t *testing.T) {
	t.Parallel()
	r := setup(t)
	first := echo.Call("a")
	r.ended(t, "w", both.Bind(first, crash.Call("no").After(first)))
	for _, args := range [][]string{{}, {"--wait"}, {"--step", "crash"}, {"--step", "crash", "--wait"}} {
		got := r.run(t, append([]string{"result", "w"}, args...)...)
		require.Equal(t, exitStepFailed, got.code, args)
		require.Contains(t, got.stderr, `workflow "w": step "crash" failed after 1 attempt: no`)
		require.Empty(t, got.stdout)
	}
	require.Equal(t, "\"a\"\n", r.done(t, "result", "w", "--step", "echo"))

	got := r.run(t, "result", "w", "--step", "nope", "--wait")
	require.Equal(t, exitNotFound, got.code)
	require.Contains(t, got.stderr, "step not found")
}

func TestResultOfWhatWasCancelled(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.done(t, "cancel", r.sleeping(t, "w"), "--reason", "the customer asked")
	for _, args := range [][]string{{}, {"--wait"}, {"--step", "echo"}} {
		got := r.run(t, append([]string{"result", "w"}, args...)...)
		require.Equal(t, exitCanceled, got.code, args)
		require.Contains(t, got.stderr, "the customer asked")
		require.Empty(t, got.stdout)
	}
}
