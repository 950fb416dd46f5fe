package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// An empty database is enough, and one that the program has used before, too.
func TestRunGreets(t *testing.T) {
	t.Parallel()
	url := testdb.Empty(t)

	for range 2 {
		var out bytes.Buffer
		require.NoError(t, run(t.Context(), url, &out))
		require.Equal(t, "hello ann, hello bob, hello eve\n", out.String())
	}
}
