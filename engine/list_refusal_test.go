package engine

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestListOfAnEmptyDatabaseRefusesBadInput(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	for _, call := range []string{`after => 'next'`, `status => '{DONE}'`, `metadata => '[]'`, `page_size => 0`} {
		rows, _ := r.db.Query(r.ctx, `select * from weir.list(`+call+`)`)
		rows.Close()
		require.ErrorIs(t, FromDatabase(rows.Err()), ErrInput, call)
	}
}
