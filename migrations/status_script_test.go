package migrations_test

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/migrations"
)

func statusScript(t *testing.T) string {
	t.Helper()
	text, err := migrations.StatusSQL()
	require.NoError(t, err)
	return text
}

// queries are those of a script, in its order.
func queries(script string) []string {
	bare := regexp.MustCompile(`(?m)^--.*\n`).ReplaceAllString(script, "")
	parts := strings.Split(bare, "\n;\n")
	for i := range parts {
		parts[i] = strings.TrimLeft(parts[i], "\n")
	}
	return slices.DeleteFunc(parts, func(query string) bool { return query == "" })
}

// recorder keeps what sessions run, but not how they set themselves up.
type recorder struct{ ran []string }

func (r *recorder) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	if !strings.HasPrefix(strings.TrimSpace(data.SQL), "set ") {
		r.ran = append(r.ran, data.SQL)
	}
	return ctx
}

func (*recorder) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func TestStatusScriptIsWhatLookingRuns(t *testing.T) {
	t.Parallel()
	migrated, empty := setup(t), setup(t)
	require.NoError(t, migrations.Up(t.Context(), migrated))
	want := queries(statusScript(t))
	require.Len(t, want, 4)
	for name, look := range map[string]func(*testing.T, *pgx.ConnConfig) error{
		"Status": func(t *testing.T, config *pgx.ConnConfig) error {
			_, err := migrations.Status(t.Context(), config)
			return err
		},
		"Verify": func(t *testing.T, config *pgx.ConnConfig) error {
			return migrations.Verify(t.Context(), config)
		},
		"VerifyConn": func(t *testing.T, config *pgx.ConnConfig) error {
			return migrations.VerifyConn(t.Context(), open(t, config))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			recorded := func(config *pgx.ConnConfig) ([]string, error) {
				trace := &recorder{}
				config = config.Copy()
				config.Tracer = trace
				err := look(t, config)
				return trace.ran, err
			}
			ran, err := recorded(migrated)
			require.NoError(t, err)
			require.Equal(t, want, ran)
			ran, err = recorded(empty)
			if name != "Status" {
				require.ErrorIs(t, err, migrations.ErrNotMigrated)
			}
			require.Equal(t, want, ran)
		})
	}
}

func TestStatusScriptShowsWhatStatusSees(t *testing.T) {
	t.Parallel()
	config := setup(t)
	require.NoError(t, migrations.Up(t.Context(), config))
	execSQL(t, config, `update weir_internal.schema_migrations set dirty = true`)
	state, err := migrations.Status(t.Context(), config)
	require.NoError(t, err)
	checksum := scan[string](t, config, `select checksum from weir_internal.schema_objects`)

	script := statusScript(t)
	results, err := open(t, config).PgConn().Exec(t.Context(), script).ReadAll()
	require.NoError(t, err)
	var shown []string
	for _, result := range results {
		require.NoError(t, result.Err)
		require.Len(t, result.Rows, 1)
		for _, value := range result.Rows[0] {
			shown = append(shown, string(value))
		}
	}
	require.Equal(t, []string{
		state.Server, scan[string](t, config, `show server_version_num`), "f",
		strconv.Itoa(state.Version), "t",
		strconv.Itoa(state.River),
		checksum,
	}, shown)
	require.Contains(t, script, "Weir's tables: this binary needs version "+strconv.Itoa(state.Latest)+";")
	require.Contains(t, script, "River's tables: this binary needs version "+strconv.Itoa(state.RiverPinned)+".")
	require.Contains(t, script, "Functions and views: this binary needs "+checksum+".")
}

func TestStatusScriptOnlyReads(t *testing.T) {
	t.Parallel()
	for name, run := range runners() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := setup(t)
			require.NoError(t, migrations.Up(t.Context(), config))
			execSQL(t, config, `alter database `+pgx.Identifier{config.Database}.Sanitize()+` set default_transaction_read_only = on`)
			require.NoError(t, run(t, config, statusScript(t)))
		})
	}
}

func TestStatusScriptGoesThroughAnEmptyDatabase(t *testing.T) {
	t.Parallel()
	config := setup(t)
	output, err := psql(t, config, statusScript(t), "-A", "-t")
	require.NoError(t, err)
	require.Contains(t, output, scan[string](t, config, `show server_version`)+"|")
	for _, table := range []string{"schema_migrations", "river_migration", "schema_objects"} {
		require.Contains(t, output, `relation "weir_internal.`+table+`" does not exist`)
	}
}
