package main

import (
	"bytes"
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
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

	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	var workflows int
	require.NoError(t, conn.QueryRow(t.Context(), `select count(*) from weir.workflows`).Scan(&workflows))
	require.Equal(t, 1, workflows, "the second run found what the first one stored")
}
