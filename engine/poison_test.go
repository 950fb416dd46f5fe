package engine

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTwoPoisonedSiblingsServeTheirCatcherOnce(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.register(t, "a", "f", "g")
	r.register(t, "b", "f")
	// The root waits for a caught sub-graph and for a plain step that nobody runs.
	r.start(t, "w",
		plain(),
		Step{Name: "other", Function: "other"},
		Step{Name: "root", Function: "f", Args: []Arg{{Kind: ArgTry, Step: 0}}, After: []int{1}},
	)
	_, err := r.delegate(r.take(t, "a"), false, Step{Name: "c", Function: "g"}, Step{Name: "d", Function: "g"}, Step{Name: "e", Function: "g", After: []int{0, 1}})
	require.NoError(t, err)
	r.take(t, "a")
	r.take(t, "a")
	done, err := r.retire("a", true, 1)
	require.NoError(t, err)
	require.True(t, done)
	require.Equal(t, []string{"failed", "ready", "waiting"}, r.states(t, "w")[:3])
	require.Nil(t, r.fetch(t, "b"), "the root starts before its other dependency is done")
}

func TestB2StepThatIsLostTooOftenFailsWithItsOwnError(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.start(t, "w", chain(2)...)
	for i, worker := range []string{"a", "b", "c"} {
		r.register(t, worker, "f")
		require.Equal(t, int32(i+1), r.take(t, worker).attempt)
		done, err := r.retire(worker, true, 3)
		require.NoError(t, err)
		require.True(t, done)
	}
	require.Equal(t, []string{"failed", "halted"}, r.states(t, "w"))
	failure := new(StepError)
	require.NoError(t, json.Unmarshal(scalar[json.RawMessage](t, r, `select error from weir.workflows`), failure))
	require.ErrorIs(t, failure, ErrLost)
	require.Equal(t, 3, failure.Attempts)
	require.Equal(t, 3, scalar[int](t, r, `select count(*)::int from weir.attempts where lost`))

	// A resume gives a fresh budget, and a worker that goes in peace takes none of it.
	_, err := r.resume("w")
	require.NoError(t, err)
	for _, lost := range []bool{true, false, false, true} {
		r.register(t, "d", "f")
		r.take(t, "d")
		_, err := r.retire("d", lost, 3)
		require.NoError(t, err)
	}
	require.Equal(t, []string{"ready", "waiting"}, r.states(t, "w"))
}
