package devdb

import (
	"archive/zip"
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDownload(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("xz"); err != nil {
		t.Skip("packing an archive to download needs xz")
	}
	real, err := newFinder().find(t.Context(), 0)
	require.NoError(t, err)

	var requests atomic.Int32
	archive := pack(t, real)
	repository := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if filepath.Ext(r.URL.Path) != ".jar" {
			http.NotFound(w, r)
			return
		}
		requests.Add(1)
		_, _ = w.Write(archive) // the other side notices
	}))
	t.Cleanup(func() {
		repository.Close()
		http.DefaultClient.CloseIdleConnections() // what the library downloads with
	})
	fetcher := &downloader{cache: filepath.Join(openDir(t), "cache"), repository: repository.URL}
	machine := &finder{lookPath: func(string) (string, error) { return "", exec.ErrNotFound }, download: fetcher.fetch}

	for range 2 {
		db := start(t, Config{finder: machine})
		var one int
		query(t, db.URL(), "select 1", &one)
	}
	require.EqualValues(t, 1, requests.Load(), "the second server was downloaded again")

	t.Run("SaysWhatFailed", func(t *testing.T) {
		fetcher := &downloader{cache: t.TempDir(), repository: repository.URL + "\x7f"}
		_, err := fetcher.fetch(t.Context(), 0)
		require.ErrorContains(t, err, "unable to connect")
		left, err := os.ReadDir(fetcher.cache)
		require.NoError(t, err)
		require.Empty(t, left)
	})
}

// pack makes an archive as the repository has them, of programs that run the
// real ones.
func pack(t *testing.T, real binaries) []byte {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "bin"), 0o755))
	for _, name := range []string{"postgres", "initdb", "pg_ctl"} {
		script := fmt.Sprintf("#!/bin/sh\nexec '%s' \"$@\"\n", real.program(name))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "bin", name), []byte(script), 0o755))
	}
	packed, err := exec.Command("tar", "-C", dir, "-cJf", "-", "bin").Output()
	require.NoError(t, err)

	var jar bytes.Buffer
	writer := zip.NewWriter(&jar)
	file, err := writer.Create("postgres.txz")
	require.NoError(t, err)
	_, err = file.Write(packed)
	require.NoError(t, err)
	require.NoError(t, writer.Close())
	return jar.Bytes()
}
