package main

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/internal/testdb"
)

// needDatabase are the commands that want a database as this binary needs it.
var needDatabase = map[string][]string{
	"verify": {"migrate", "verify"},
	"check":  {"check"},
	"worker": {demoWorkerName},
}

func TestSaysWhatToDoAboutTheDatabase(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		url    func(t *testing.T) string
		code   int
		stderr []string
	}{
		"unreachable": {
			func(*testing.T) string { return "postgres://weir:secret@127.0.0.1:1/weir" },
			exitServer,
			[]string{"unreachable", "Is the server up"},
		},
		"read-only": {
			func(t *testing.T) string { return testdb.URL(t) + "&options=-cdefault_transaction_read_only%3Don" },
			exitServer,
			[]string{"read-only", "name the primary server"},
		},
		"not migrated": {
			func(t *testing.T) string { return testdb.Empty(t) },
			exitSchema,
			[]string{"no weir schema", "wfadmin migrate up"},
		},
		"older": {
			altered("update weir_internal.schema_objects set checksum = 'old'"),
			exitSchema,
			[]string{"older than this binary needs", "wfadmin migrate up"},
		},
		"newer": {
			altered("update weir_internal.schema_migrations set version = 999"),
			exitSchema,
			[]string{"version 999", "use a newer binary"},
		},
		"interrupted": {
			altered("update weir_internal.schema_migrations set dirty = true"),
			exitSchema,
			[]string{"was interrupted", "schema_migrations"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := test.url(t)
			for command, args := range needDatabase {
				got := wfadmin(t, on(url, args...)...)
				require.Equal(t, test.code, got.code, "%s: %s", command, got.stderr)
				for _, text := range test.stderr {
					require.Contains(t, got.stderr, text, command)
				}
				require.NotContains(t, got.stderr, "secret")
			}
		})
	}
}

// altered is a database that somebody has changed.
func altered(sql string) func(t *testing.T) string {
	return func(t *testing.T) string {
		url := testdb.URL(t)
		exec(t, url, sql)
		return url
	}
}

func TestTheFlagStandsAboveTheEnvironment(t *testing.T) {
	url := testdb.URL(t)
	t.Setenv(databaseEnv, url)
	require.Equal(t, exitOK, wfadmin(t, "migrate", "verify").code)
	require.Equal(t, exitSchema, wfadmin(t, on(testdb.Empty(t), "migrate", "verify")...).code)
}

func TestLibpqsVariablesAreTheLastResort(t *testing.T) {
	config := connect(t, testdb.Empty(t)).Config()
	t.Setenv(databaseEnv, "")
	t.Setenv("PGHOST", "127.0.0.1")
	t.Setenv("PGPORT", "1")
	t.Setenv("PGDATABASE", config.Database)
	got := wfadmin(t, "migrate", "verify")
	require.Equal(t, exitServer, got.code)
	require.Contains(t, got.stderr, "database="+config.Database)
}

func TestAnInterruptHasItsOwnCode(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.Equal(t, exitInterrupted, wfadminContext(ctx, on(testdb.URL(t), "check")...).code)
}
