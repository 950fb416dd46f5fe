package migrations_test

import (
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/internal/testdb"
)

func TestMain(m *testing.M) {
	if url := os.Getenv(upEnv); url != "" {
		upAndExit(url)
	}
	testdb.Main(m)
}

// setup returns the way to an empty database.
func setup(t *testing.T) *pgx.ConnConfig {
	t.Helper()
	return parse(t, testdb.Empty(t))
}

func parse(t *testing.T, url string) *pgx.ConnConfig {
	t.Helper()
	config, err := pgx.ParseConfig(url)
	require.NoError(t, err)
	return config
}

// execSQL runs one text on a connection of its own.
func execSQL(t *testing.T, config *pgx.ConnConfig, sql string) {
	t.Helper()
	conn := open(t, config)
	_, err := conn.Exec(t.Context(), sql)
	require.NoError(t, err)
	require.NoError(t, conn.Close(t.Context()))
}

func open(t *testing.T, config *pgx.ConnConfig) *pgx.Conn {
	t.Helper()
	conn, err := pgx.ConnectConfig(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(t.Context()) }) //nolint:usetesting // a second Close is harmless
	return conn
}

// scan returns the one value that the query has.
func scan[T any](t *testing.T, config *pgx.ConnConfig, sql string) T {
	t.Helper()
	conn := open(t, config)
	var value T
	require.NoError(t, conn.QueryRow(t.Context(), sql).Scan(&value))
	require.NoError(t, conn.Close(t.Context()))
	return value
}
