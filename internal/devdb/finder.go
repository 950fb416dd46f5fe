package devdb

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// oldest is the first major version that Weir runs on.
const oldest = 14

// binaries is a folder of server programs.
type binaries struct {
	dir   string
	major int
}

func (b binaries) program(name string) string { return filepath.Join(b.dir, name) }

// finder looks for server programs on this machine, and downloads them where
// there are none.
type finder struct {
	lookPath func(name string) (string, error)
	folders  []string // glob patterns
	download func(ctx context.Context, major int) (string, error)
}

func newFinder() *finder {
	return &finder{
		lookPath: exec.LookPath,
		folders: []string{
			"/usr/lib/postgresql/*/bin",                          // Debian
			"/usr/pgsql-*/bin",                                   // Red Hat, from postgresql.org
			"/usr/libexec/postgresql*",                           // Alpine
			"/usr/local/pgsql/bin",                               // built from source
			"/opt/homebrew/opt/postgresql*/bin",                  // Homebrew, Apple silicon
			"/usr/local/opt/postgresql*/bin",                     // Homebrew, Intel
			"/home/linuxbrew/.linuxbrew/opt/postgresql*/bin",     // Homebrew, Linux
			"/opt/local/lib/postgresql*/bin",                     // MacPorts
			"/Applications/Postgres.app/Contents/Versions/*/bin", // Postgres.app
		},
		download: newDownloader().fetch,
	}
}

// find returns programs of the wanted major version, or of any that is not too
// old when major is 0. What PATH names comes first, then what pg_config names,
// then the usual folders, newest first, then the download.
func (f *finder) find(ctx context.Context, major int) (binaries, error) {
	var skipped []string
	for _, dir := range f.candidates(ctx) {
		found, err := inspect(ctx, dir)
		switch {
		case err != nil:
			skipped = append(skipped, fmt.Sprintf("%s: %v", dir, err))
		case found.major < oldest:
			skipped = append(skipped, fmt.Sprintf("%s: version %d is older than %d", dir, found.major, oldest))
		case major != 0 && found.major != major:
			skipped = append(skipped, fmt.Sprintf("%s: version %d, the data is of version %d", dir, found.major, major))
		default:
			return found, nil
		}
	}
	if ctx.Err() != nil {
		return binaries{}, ctx.Err()
	}
	if len(skipped) == 0 {
		skipped = append(skipped, "none found on PATH, by pg_config or in the usual folders")
	}

	dir, err := f.download(ctx, major)
	if err == nil {
		var found binaries
		if found, err = inspect(ctx, dir); err == nil {
			return found, nil
		}
	}
	skipped = append(skipped, "download: "+err.Error())
	return binaries{}, fmt.Errorf("%w (install Postgres %d or newer, or give a database URL):\n  %s",
		ErrNoServer, oldest, strings.Join(skipped, "\n  "))
}

func (f *finder) candidates(ctx context.Context) []string {
	var dirs []string
	add := func(dir string) {
		// A link on PATH leads to the folder that has initdb too.
		if real, err := filepath.EvalSymlinks(dir); err == nil {
			dir = real
		}
		if !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}

	if path, err := f.lookPath("postgres"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			path = real
		}
		add(filepath.Dir(path))
	}
	if path, err := f.lookPath("pg_config"); err == nil {
		if out, err := exec.CommandContext(ctx, path, "--bindir").Output(); err == nil {
			// Client packages have pg_config and name a folder without a server.
			if dir := strings.TrimSpace(string(out)); exists(filepath.Join(dir, "postgres")) {
				add(dir)
			}
		}
	}

	var usual []string
	for _, pattern := range f.folders {
		matches, _ := filepath.Glob(pattern) // fails on a malformed pattern only
		usual = append(usual, matches...)
	}
	slices.SortStableFunc(usual, func(a, b string) int {
		return cmp.Compare(numberIn(b), numberIn(a))
	})
	for _, dir := range usual {
		if exists(filepath.Join(dir, "postgres")) {
			add(dir)
		}
	}
	return dirs
}

var digits = regexp.MustCompile(`\d+`)

// numberIn returns the last number in a folder's name, which is its version.
func numberIn(dir string) int {
	all := digits.FindAllString(dir, -1)
	if len(all) == 0 {
		return 0
	}
	number, _ := strconv.Atoi(all[len(all)-1]) // digits; overflow sorts as the largest
	return number
}

// inspect says what version the folder's server is, or why it can't be used.
func inspect(ctx context.Context, dir string) (binaries, error) {
	for _, name := range []string{"postgres", "initdb", "pg_ctl"} {
		if !exists(filepath.Join(dir, name)) {
			return binaries{}, fmt.Errorf("no %s there", name)
		}
	}
	out, err := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return binaries{}, fmt.Errorf("postgres --version: %w", err)
	}
	// postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)
	major, err := strconv.Atoi(digits.FindString(string(out)))
	if err != nil {
		return binaries{}, fmt.Errorf("postgres --version says %q", out)
	}
	return binaries{dir: dir, major: major}, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
