package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/sdk"
)

func TestWhyNamesWhatHoldsEachStepUp(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.sleeping(t, "w")

	rows := r.rows(t, "why", "w")
	require.Equal(t, []any{"sleep", "echo"}, column(rows, "step"))
	require.Equal(t, []any{"sleeps", "waits for steps"}, column(rows, "reason"))
	require.Equal(t, []any{nil, "sleep"}, column(rows, "detail"))
	require.NotEmpty(t, rows[0]["until"])
	require.NotEmpty(t, rows[0]["since"])

	require.Equal(t, []any{"echo"}, column(r.rows(t, "why", "w", "echo"), "step"))
	require.Regexp(t, `│ echo +│ waiting │ waits for steps │ sleep +│`, r.done(t, "why", "w", "echo"))
}

func TestWhyNamesWhatIsWaitedForFirst(t *testing.T) {
	t.Parallel()
	r := setup(t)
	late := echo.Call("late").After(sdk.Sleep(time.Hour))
	r.start(t, "w", both.Bind(late, sdk.Event[string]("paid", sdk.EventOpts{})))

	steps := column(r.rows(t, "why", "w"), "step")
	require.ElementsMatch(t, []any{"event", "sleep"}, steps[:2])
	require.ElementsMatch(t, []any{"both", "echo"}, steps[2:])
}

func TestWhySaysThatNothingIsHeldUp(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.ended(t, "w", echo.Call("a"))
	require.Equal(t, "Nothing is held up: the workflow is SUCCESSFUL.\n", r.done(t, "why", "w"))
	require.Equal(t, "The step is not held up: it is succeeded.\n", r.done(t, "why", "w", "echo"))
	require.Equal(t, "[]\n", r.done(t, "why", "w", "-o", "json"))

	got := r.run(t, "why", "w", "ecco")
	require.Equal(t, exitNotFound, got.code)
	require.Contains(t, got.stderr, `step not found: "ecco" of "w"`)
}
