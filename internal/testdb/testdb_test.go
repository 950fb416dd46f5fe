package testdb_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

const countSchemas = "select count(*) from pg_namespace where nspname in ('weir', 'weir_internal')"

func TestNew(t *testing.T) {
	t.Parallel()

	t.Run("IsMigrated", func(t *testing.T) {
		t.Parallel()

		var schemas int
		require.NoError(t, testdb.New(t).QueryRow(t.Context(), countSchemas).Scan(&schemas))
		require.Equal(t, 2, schemas)
	})

	t.Run("IsTheTestsOwn", func(t *testing.T) {
		t.Parallel()
		one, other := testdb.New(t), testdb.New(t)

		_, err := one.Exec(t.Context(), "create table mine ()")
		require.NoError(t, err)
		_, err = other.Exec(t.Context(), "select from mine")
		require.ErrorContains(t, err, `relation "mine" does not exist`)
	})

	t.Run("HasRoomForManyConnections", func(t *testing.T) {
		t.Parallel()

		var limit int
		require.NoError(t, testdb.New(t).QueryRow(t.Context(), "select current_setting('max_connections')::int").Scan(&limit))
		require.GreaterOrEqual(t, limit, 300)
	})
}

func TestEmptyHasNothing(t *testing.T) {
	t.Parallel()
	conn := connect(t, testdb.Empty(t))

	var schemas int
	require.NoError(t, conn.QueryRow(t.Context(), countSchemas).Scan(&schemas))
	require.Zero(t, schemas)
}

func TestURLIsDroppedThoughInUse(t *testing.T) {
	t.Parallel()

	var conn *pgx.Conn
	var name string
	t.Run("user", func(t *testing.T) {
		var err error
		conn, err = pgx.Connect(t.Context(), testdb.URL(t))
		require.NoError(t, err)
		name = conn.Config().Database
	})
	require.Error(t, conn.Ping(t.Context()), "the connection outlived the database")

	var left int
	require.NoError(t, testdb.New(t).QueryRow(t.Context(),
		"select count(*) from pg_database where datname = $1", name).Scan(&left))
	require.Zero(t, left)
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close(context.Background())) })
	return conn
}
