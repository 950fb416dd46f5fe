package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/sdk"
)

// awaiting starts a workflow that returns the payload of an event.
func (r *rig) awaiting(t *testing.T, id, key string) string {
	t.Helper()
	return r.start(t, id, echo.Bind(sdk.Event[string](key, sdk.EventOpts{})))
}

func TestEventIsSentToAWorkflow(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.awaiting(t, "w", "paid")
	require.Equal(t, "w has accepted the event paid.\n", r.done(t, "event", "w", "paid", "--payload", `"cash"`))
	output, err := sdk.Attach[string](r.client, "w").Wait(t.Context())
	require.NoError(t, err)
	require.Equal(t, "cash", output)

	r.awaiting(t, "v", "paid")
	got := wfadminStdin(t.Context(), `"card"`, on(r.url, "event", "v", "paid", "--payload", "-", "-o", "json")...)
	require.Equal(t, exitOK, got.code, got.stderr)
	require.JSONEq(t, `{"workflow_id": "v", "key": "paid", "accepted": true}`, got.stdout)
}

func TestEventSentAgainIsAcceptedOnce(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.awaiting(t, "w", "never")
	send := []string{"event", "w", "paid", "--dedupe", "invoice-1", "--payload"}
	r.done(t, append(send, "1")...)
	require.Equal(t, "w had accepted this event paid before.\n", r.done(t, append(send, "1")...))
	require.Equal(t, false, r.row(t, append(send, "1")...)["accepted"])

	got := r.run(t, append(send, "2")...)
	require.Equal(t, exitState, got.code)
	require.Contains(t, got.stderr, "another payload was accepted before")
}

func TestEventForAWorkflowThatHasEnded(t *testing.T) {
	t.Parallel()
	r := setup(t)
	got := r.run(t, "event", r.ended(t, "w", echo.Call("a")), "paid")
	require.Equal(t, exitState, got.code)
	require.Contains(t, got.stderr, "'w' is SUCCESSFUL")
}

func TestEventNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.awaiting(t, "w", "paid")
	for stderr, args := range map[string][]string{
		"wfadmin: KEY: is empty":                     {""},
		"wfadmin: KEY: has a control character":      {"a\n"},
		"wfadmin: --dedupe: has a control character": {"paid", "--dedupe", "a\n"},
		"wfadmin: --payload: ":                       {"paid", "--payload", `"\u0000"`},
	} {
		got := r.run(t, append([]string{"event", "w"}, args...)...)
		require.Equal(t, exitUsage, got.code, got.stderr)
		require.Contains(t, got.stderr, stderr)
	}
	require.Equal(t, "RUNNING", r.row(t, "get", "w")["status"])
}
