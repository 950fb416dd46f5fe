package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/internal/testdb"
)

func TestTestserver(t *testing.T) {
	t.Run("RunsTheCommandWithAServer", func(t *testing.T) {
		t.Parallel()
		var stdout, stderr bytes.Buffer

		code := run(t.Context(), []string{"--", "sh", "-c", "echo url=$" + testdb.EnvURL + "; exit 3"}, &stdout, &stderr)

		require.Equal(t, 3, code, stderr.String())
		require.Contains(t, stdout.String(), "test server: ")
		require.Contains(t, stdout.String(), ", PostgreSQL ")
		require.Contains(t, stdout.String(), "url=postgres://")
	})

	t.Run("FailsWithoutTheRequiredContainer", func(t *testing.T) {
		t.Parallel()
		var stdout, stderr bytes.Buffer

		args := []string{"-require-container", "-image", "127.0.0.1:1/no/such:image", "--", "true"}
		code := run(t.Context(), args, &stdout, &stderr)

		require.Equal(t, exitFailed, code)
		require.Contains(t, stderr.String(), "a container is required")
	})

	t.Run("FallsBackAndSaysWhy", func(t *testing.T) {
		t.Parallel()
		var stdout, stderr bytes.Buffer

		code := run(t.Context(), []string{"-image", "127.0.0.1:1/no/such:image", "--", "true"}, &stdout, &stderr)

		require.Zero(t, code, stderr.String())
		require.Contains(t, stdout.String(), "test server: no container: ")
		require.Contains(t, stdout.String(), "test server: devdb, PostgreSQL ")
	})

	t.Run("FailsWhenTheCommandDoesNotExist", func(t *testing.T) {
		t.Parallel()
		var stdout, stderr bytes.Buffer

		require.Equal(t, exitFailed, run(t.Context(), []string{"--", "no-such-command"}, &stdout, &stderr))
		require.Contains(t, stderr.String(), "no-such-command")
	})

	t.Run("WantsACommand", func(t *testing.T) {
		t.Parallel()
		var stdout, stderr bytes.Buffer

		require.Equal(t, exitUsage, run(t.Context(), nil, &stdout, &stderr))
		require.Contains(t, stderr.String(), "no command given")
	})
}
