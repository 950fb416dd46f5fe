package devdb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFinder(t *testing.T) {
	t.Parallel()

	t.Run("TakesThePathFirst", func(t *testing.T) {
		t.Parallel()
		m := newMachine(t)
		onPath := m.install("opt/own", 14)
		m.install("lib/17/bin", 17)
		m.link(onPath)

		m.requireFinds(onPath, 0)
	})

	t.Run("TakesTheNewestUsualFolder", func(t *testing.T) {
		t.Parallel()
		m := newMachine(t)
		m.install("lib/9/bin", 9)
		newest := m.install("lib/17/bin", 17)
		m.install("lib/15/bin", 15)

		m.requireFinds(newest, 0)
	})

	t.Run("TakesTheVersionOfTheData", func(t *testing.T) {
		t.Parallel()
		m := newMachine(t)
		m.install("lib/17/bin", 17)
		wanted := m.install("lib/15/bin", 15)

		m.requireFinds(wanted, 15)
	})

	t.Run("ListsWhatItSkippedAndWhy", func(t *testing.T) {
		t.Parallel()
		m := newMachine(t)
		old := m.install("lib/13/bin", 13)
		bare := m.install("lib/16/bin", 16)
		require.NoError(t, os.Remove(filepath.Join(bare, "initdb")))

		_, err := m.finder.find(t.Context(), 0)
		require.ErrorIs(t, err, ErrNoServer)
		require.ErrorContains(t, err, old+": version 13 is older than 14")
		require.ErrorContains(t, err, bare+": no initdb there")
		require.ErrorContains(t, err, "download: no network")
	})

	t.Run("SaysThatThereIsNothing", func(t *testing.T) {
		t.Parallel()

		_, err := Start(t.Context(), Config{finder: newMachine(t).finder})
		require.ErrorIs(t, err, ErrNoServer)
		require.ErrorContains(t, err, "none found on PATH")
		require.ErrorContains(t, err, "install Postgres 14 or newer")
	})

	t.Run("DownloadsWhereNothingIsFound", func(t *testing.T) {
		t.Parallel()
		m := newMachine(t)
		downloaded := m.install("download/bin", 17)
		m.finder.download = func(context.Context, int) (string, error) { return downloaded, nil }

		m.requireFinds(downloaded, 0)
	})
}

// machine is a file system with pretended servers.
type machine struct {
	t      *testing.T
	root   string
	finder *finder
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	m := &machine{t: t, root: t.TempDir()}
	m.finder = &finder{
		lookPath: func(name string) (string, error) {
			path := filepath.Join(m.root, "path", name)
			if exists(path) {
				return path, nil
			}
			return "", exec.ErrNotFound
		},
		folders:  []string{filepath.Join(m.root, "lib/*/bin")},
		download: func(context.Context, int) (string, error) { return "", errors.New("no network") },
	}
	return m
}

// install makes programs of which postgres tells its version.
func (m *machine) install(dir string, major int) string {
	m.t.Helper()
	dir = filepath.Join(m.root, dir)
	require.NoError(m.t, os.MkdirAll(dir, 0o755))
	for _, name := range []string{"postgres", "initdb", "pg_ctl"} {
		script := fmt.Sprintf("#!/bin/sh\necho '%s (PostgreSQL) %d.4 (Somewhere 1-2)'\n", name, major)
		require.NoError(m.t, os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755))
	}
	return dir
}

// link puts the folder's postgres on PATH.
func (m *machine) link(dir string) {
	m.t.Helper()
	require.NoError(m.t, os.MkdirAll(filepath.Join(m.root, "path"), 0o755))
	require.NoError(m.t, os.Symlink(filepath.Join(dir, "postgres"), filepath.Join(m.root, "path", "postgres")))
}

func (m *machine) requireFinds(dir string, major int) {
	m.t.Helper()
	found, err := m.finder.find(m.t.Context(), major)
	require.NoError(m.t, err)
	require.Equal(m.t, dir, found.dir)
}
