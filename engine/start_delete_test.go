package engine

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// What a start has returned without an error is stored, whatever happens to the
// workflow that had its id.
func TestStartThatMeetsADeleteIsStored(t *testing.T) {
	t.Parallel()
	for name, deleted := range map[string]bool{"which is done": true, "which is taken back": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := setupRace(t)
			r.start(t, "w", chain(2)...)
			require.NoError(t, r.cancel("w"))

			items := make([]*startItem, 3)
			for i, id := range []string{"v", "w", "x"} {
				items[i] = &startItem{params: StartParams{ID: id, Graph: Graph{Steps: chain(3)}}}
				items[i].columns = newStepColumns(&items[i].params.Graph)
			}
			err := r.waits(t, func(first *rig) { require.NoError(t, first.delete("w")) }, deleted, func(second *rig) error {
				return start(second.ctx, second.db, items, true)
			})
			require.NoError(t, err)
			for _, item := range items {
				require.Equal(t, StatusRunning, item.started.Status)
				require.Equal(t, item.started.Key, scalar[int64](t, r, `select id from weir_internal.workflow where workflow_id = $1`, item.params.ID))
			}
			require.Equal(t, deleted, items[1].started.Created)
			require.Len(t, r.states(t, "w"), map[bool]int{true: 3, false: 2}[deleted])
		})
	}
}
