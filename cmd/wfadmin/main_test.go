package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/internal/testdb"
)

// asCommand in the environment makes this test's binary the command itself, for
// tests that need it as a process.
const asCommand = "WFADMIN_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
		return
	}
	testdb.Main(m)
}

// output is what a command left behind.
type output struct {
	code           int
	stdout, stderr string
}

// wfadmin runs a command line in this process.
func wfadmin(t *testing.T, args ...string) output {
	t.Helper()
	return wfadminContext(t.Context(), args...)
}

func wfadminContext(ctx context.Context, args ...string) output {
	return wfadminStdin(ctx, "", args...)
}

func wfadminStdin(ctx context.Context, stdin string, args ...string) output {
	var stdout, stderr bytes.Buffer
	code := run(ctx, args, strings.NewReader(stdin), &stdout, &stderr)
	return output{code: code, stdout: stdout.String(), stderr: stderr.String()}
}

// on names the database of a command line.
func on(url string, args ...string) []string {
	return append(args, "--"+databaseFlag, url)
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close(context.Background())) })
	return conn
}

func exec(t *testing.T, url, sql string) {
	t.Helper()
	_, err := connect(t, url).Exec(t.Context(), sql)
	require.NoError(t, err)
}
