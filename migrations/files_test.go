package migrations_test

import (
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/migrations"
)

// with is this binary's files and more: a binary of the next release.
func with(t *testing.T, more map[string]string) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	require.NoError(t, fs.WalkDir(migrations.Files(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(migrations.Files(), name)
		files[name] = &fstest.MapFile{Data: text}
		return err
	}))
	for name, text := range more {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}

// next is the name of the table file after the last, without its ending.
func next(t *testing.T) (version int, name string) {
	t.Helper()
	names, err := fs.Glob(migrations.Files(), "tables/*.up.sql")
	require.NoError(t, err)
	version = len(names) + 1
	return version, fmt.Sprintf("tables/%06d_next", version)
}

func TestTableFilesFollowTheRules(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(migrations.Files(), "tables/*.up.sql")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	// A file is one implicit transaction; see the package's text on a crash in the middle.
	transaction := regexp.MustCompile(`(?im)^\s*(begin|start transaction|commit|rollback|end)\s*;|\bconcurrently\b`)
	for i, up := range names {
		require.Regexp(t, fmt.Sprintf(`^tables/%06d_[a-z_]+\.up\.sql$`, i+1), up, "numbers have no gaps: DirtyError relies on it")
		text, err := fs.ReadFile(migrations.Files(), up)
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(string(text), "-- Older workers"), "%s: the first line says whether older workers keep working", up)
		require.NotRegexp(t, transaction, string(text), up)

		down := strings.TrimSuffix(up, ".up.sql") + ".down.sql"
		text, err = fs.ReadFile(migrations.Files(), down)
		require.NoError(t, err)
		require.NotRegexp(t, transaction, string(text), down)
	}
}

// The functions that are River's are a list in drop_objects.sql; whoever moves RiverVersion finds out here.
func TestRiversFunctionsAreKnown(t *testing.T) {
	t.Parallel()
	config := setup(t)
	files := with(t, nil)
	for name := range files {
		if strings.HasPrefix(name, "functions/") || strings.HasPrefix(name, "views/") {
			delete(files, name)
		}
	}
	require.NoError(t, migrations.UpTo(t.Context(), files, config))
	require.Equal(t, "river_job_state_in_bitmask", scan[string](t, config, `
		select coalesce(string_agg(proname, ' ' order by proname), '')
		from pg_proc
		where pronamespace in ('weir'::regnamespace, 'weir_internal'::regnamespace)`))
	require.Zero(t, scan[int](t, config, `
		select count(*)
		from pg_class
		where relkind in ('v', 'm') and relnamespace in ('weir'::regnamespace, 'weir_internal'::regnamespace)`))
}
