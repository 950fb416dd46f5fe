package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

func TestDevRunsAServerUntilItIsInterruptedAndKeepsItsData(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(openFolder(t), "data")

	url, stop := startDev(t, "--data", dir)
	require.Equal(t, exitOK, wfadmin(t, on(url, "migrate", "verify")...).code)
	exec(t, url, "create table kept ()")
	got := stop()
	require.Equal(t, exitOK, got.code)
	require.Contains(t, got.stderr, "keeps its data in "+dir)
	_, err := pgx.Connect(t.Context(), url)
	require.Error(t, err, "the server is gone")

	again, stop := startDev(t, "--data", dir)
	require.Equal(t, url, again, "what was copied to elsewhere goes on working")
	exec(t, again, "select from kept")
	require.Equal(t, exitOK, stop().code)
}

// openFolder returns a folder that the server's user can enter.
func openFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "wfadmin-test-")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.Chmod(dir, 0o755))
	return dir
}

// startDev returns the URL that dev prints, and what interrupts it.
func startDev(t *testing.T, args ...string) (url string, stop func() output) {
	t.Helper()
	ctx, interrupt := context.WithCancel(t.Context())
	t.Cleanup(interrupt)
	stdout, stdoutWriter := io.Pipe()
	var stderr bytes.Buffer
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, append([]string{"dev"}, args...), nil, stdoutWriter, &stderr)
		_ = stdoutWriter.Close()
	}()
	url, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("exit code %d: %s", <-code, stderr.String())
	}
	return strings.TrimSpace(url), func() output {
		interrupt()
		return output{code: <-code, stderr: stderr.String()}
	}
}
