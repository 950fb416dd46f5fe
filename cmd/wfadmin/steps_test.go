package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/sdk"
)

func TestStepsAreInNumberOrder(t *testing.T) {
	t.Parallel()
	r := setup(t)
	var refs []sdk.Ref[string]
	for range 12 {
		refs = append(refs, echo.Call("a"))
	}
	last := echo.Call("b")
	for _, ref := range refs {
		last = last.After(ref)
	}
	r.ended(t, "w", last)

	rows := r.rows(t, "steps", "w")
	require.Len(t, rows, 13)
	for i, row := range rows {
		require.EqualValues(t, i, row["no"])
	}
	require.Equal(t, "echo", rows[0]["name"])
	require.Equal(t, "a", rows[0]["output"])
	require.Equal(t, []any{map[string]any{"v": "a"}}, rows[0]["args"])
	require.Contains(t, r.done(t, "steps", "w"), "echo_12")
}

func TestStepsAreFilteredByState(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.ended(t, "w", both.Bind(echo.Call("a"), crash.Bind(echo.Call("b"))))

	require.Equal(t, []any{"crash"}, column(r.rows(t, "steps", "w", "--state", "failed"), "name"))
	require.Equal(t, []any{"echo", "echo_1", "both"},
		column(r.rows(t, "steps", "w", "--state", "succeeded,waiting", "--state", "halted"), "name"))
	require.Equal(t, "[]\n", r.done(t, "steps", "w", "--state", "parked", "-o", "json"))
	require.Equal(t, "No step is in that state.\n", r.done(t, "steps", "w", "--state", "parked"))
}
