package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

func TestTestserver(t *testing.T) {
	t.Run("RunsTheCommandWithAServer", func(t *testing.T) {
		t.Parallel()
		var stdout, stderr bytes.Buffer

		code := run(t.Context(), "", []string{"--", "sh", "-c", "echo url=$" + testdb.EnvURL + "; exit 3"}, &stdout, &stderr)

		require.Equal(t, 3, code, stderr.String())
		require.Contains(t, stdout.String(), "test server: ")
		require.Contains(t, stdout.String(), ", PostgreSQL ")
		require.Contains(t, stdout.String(), "url=postgres://")
	})

	t.Run("TakesTheServerItIsGiven", func(t *testing.T) {
		t.Parallel()
		var stdout, stderr bytes.Buffer
		url := testdb.Empty(t)

		code := run(t.Context(), url, []string{"--", "sh", "-c", "echo url=$" + testdb.EnvURL}, &stdout, &stderr)

		require.Zero(t, code, stderr.String())
		require.Contains(t, stdout.String(), "test server: given, PostgreSQL ")
		require.Contains(t, stdout.String(), "url="+url)
	})

	t.Run("InterruptsTheCommandAndStopsTheServer", func(t *testing.T) {
		t.Parallel()
		var stderr bytes.Buffer
		ctx, cancel := context.WithCancel(t.Context())
		output, stdout := io.Pipe()

		exited := make(chan int, 1)
		command := "trap 'exit 5' INT; echo url=$" + testdb.EnvURL + "; while :; do sleep 0.1; done"
		go func() { exited <- run(ctx, "", []string{"--", "sh", "-c", command}, stdout, &stderr) }()
		url := awaitLine(t, output, "url=")
		cancel()

		require.Equal(t, 5, <-exited, stderr.String())
		_, err := pgx.Connect(t.Context(), url)
		require.Error(t, err)
	})

	t.Run("FailsWithoutTheRequiredContainer", func(t *testing.T) {
		t.Parallel()
		var stdout, stderr bytes.Buffer

		args := []string{"-require-container", "-image", "127.0.0.1:1/no/such:image", "--", "true"}
		code := run(t.Context(), "", args, &stdout, &stderr)

		require.Equal(t, exitFailed, code)
		require.Contains(t, stderr.String(), "a container is required")
	})

	t.Run("FallsBackAndSaysWhy", func(t *testing.T) {
		t.Parallel()
		var stdout, stderr bytes.Buffer

		code := run(t.Context(), "", []string{"-image", "127.0.0.1:1/no/such:image", "--", "true"}, &stdout, &stderr)

		require.Zero(t, code, stderr.String())
		require.Contains(t, stdout.String(), "test server: no container: ")
		require.Contains(t, stdout.String(), "test server: devdb, PostgreSQL ")
	})

	t.Run("FailsWhenTheCommandDoesNotExist", func(t *testing.T) {
		t.Parallel()
		var stdout, stderr bytes.Buffer

		require.Equal(t, exitFailed, run(t.Context(), "", []string{"--", "no-such-command"}, &stdout, &stderr))
		require.Contains(t, stderr.String(), "no-such-command")
	})

	t.Run("WantsACommand", func(t *testing.T) {
		t.Parallel()
		var stdout, stderr bytes.Buffer

		require.Equal(t, exitUsage, run(t.Context(), "", nil, &stdout, &stderr))
		require.Contains(t, stderr.String(), "no command given")
	})
}

// awaitLine returns the rest of the line that starts with prefix, and goes on
// reading so that the writer isn't held up.
func awaitLine(t *testing.T, output *io.PipeReader, prefix string) string {
	t.Helper()
	t.Cleanup(func() { require.NoError(t, output.Close()) })
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		if rest, ok := strings.CutPrefix(lines.Text(), prefix); ok {
			go func() { _, _ = io.Copy(io.Discard, output) }()
			return rest
		}
	}
	require.FailNow(t, "the output ended", "%v", lines.Err())
	return ""
}
