package engine

import (
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
