package engine

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStartFromSQLWaitsForAStartOfItsID(t *testing.T) {
	t.Parallel()
	for name, committed := range map[string]bool{"which is committed": true, "which is rolled back": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := setupRace(t)
			err := r.waits(t, func(first *rig) { first.startSQL(t, "1", "w") }, committed, func(second *rig) error {
				return second.db.QueryRow(r.ctx, `select weir.start('f', '2', 'w')`).Scan(new(string))
			})
			require.NoError(t, err)
			want := map[bool]string{true: `[{"v": 1}]`, false: `[{"v": 2}]`}[committed]
			require.Equal(t, want, scalar[string](t, r, `select args::text from weir_internal.step`))
		})
	}
}

func TestStartFromSQLThatMeetsADeleteIsStored(t *testing.T) {
	t.Parallel()
	r := setupRace(t)
	r.startSQL(t, "1", "w")
	require.NoError(t, r.cancel("w"))
	err := r.waits(t, func(first *rig) { require.NoError(t, first.delete("w")) }, true, func(second *rig) error {
		return second.db.QueryRow(r.ctx, `select weir.start('f', '2', 'w', on_existing => 'reject')`).Scan(new(string))
	})
	require.NoError(t, err)
	require.Equal(t, []string{"ready"}, r.states(t, "w"))
}

func (r *rig) startSQL(t *testing.T, input, id string) {
	t.Helper()
	r.exec(t, `select weir.start('f', $1, $2)`, input, id)
}
