package migrations_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/migrations"
)

// runners are the two ways in which people run a script.
func runners() map[string]func(*testing.T, *pgx.ConnConfig, string) error {
	return map[string]func(*testing.T, *pgx.ConnConfig, string) error{
		"Protocol": func(t *testing.T, config *pgx.ConnConfig, script string) error {
			conn := open(t, config)
			err := conn.PgConn().Exec(t.Context(), script).Close()
			require.NoError(t, conn.Close(t.Context())) // a script that failed has left the lock to its session
			return err
		},
		"Psql": func(t *testing.T, config *pgx.ConnConfig, script string) error {
			output, err := psql(t, config, script, "-v", "ON_ERROR_STOP=1")
			t.Log(output)
			return err
		},
	}
}

// psql returns what it printed, errors among it.
func psql(t *testing.T, config *pgx.ConnConfig, script string, args ...string) (string, error) {
	t.Helper()
	path, err := exec.LookPath("psql")
	if err != nil {
		t.Skip("psql is not on the PATH")
	}
	args = append([]string{"-X", "-q", config.ConnString()}, args...)
	command := exec.CommandContext(t.Context(), path, args...) //nolint:gosec // the test's own database
	command.Stdin = strings.NewReader(script)
	output, err := command.CombinedOutput()
	return string(output), err
}

func script(t *testing.T, direction migrations.Direction) string {
	t.Helper()
	text, err := migrations.SQL(direction)
	require.NoError(t, err)
	return text
}

func TestScriptDoesWhatUpAndDownDo(t *testing.T) {
	t.Parallel()
	for name, run := range runners() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			byUp, config := setup(t), setup(t)
			empty := dump(t, config)
			require.NoError(t, migrations.Up(t.Context(), byUp))

			require.NoError(t, run(t, config, script(t, migrations.DirectionUp)))
			requireSame(t, dump(t, byUp), dump(t, config), "the script makes others than Up")
			require.NoError(t, migrations.Verify(t.Context(), config))

			const records = `
				select concat_ws(' ', string_agg(concat_ws(',', line, version), ' ' order by version), (select s::text from weir_internal.schema_migrations s))
				from weir_internal.river_migration`
			require.Equal(t, scan[string](t, byUp, records), scan[string](t, config, records))
			applied := scan[string](t, config, `select applied_at::text from weir_internal.schema_objects`)
			require.NoError(t, migrations.Up(t.Context(), config))
			require.Equal(t, applied, scan[string](t, config, `select applied_at::text from weir_internal.schema_objects`), "Up found something to do")

			require.Error(t, run(t, config, script(t, migrations.DirectionUp)), "it is there already")
			require.NoError(t, migrations.Verify(t.Context(), config))

			require.NoError(t, run(t, config, script(t, migrations.DirectionDown)))
			requireSame(t, empty, dump(t, config), "the script has left something")
			require.NoError(t, migrations.Up(t.Context(), config))
		})
	}
}

func TestScriptLeavesItsSessionAsItWas(t *testing.T) {
	t.Parallel()
	conn := open(t, setup(t))
	const session = `
		select concat_ws(' ', current_setting('search_path'), current_setting('check_function_bodies'), current_setting('client_min_messages'),
		  (select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()))`
	var before, after string
	require.NoError(t, conn.QueryRow(t.Context(), session).Scan(&before))
	require.NoError(t, conn.PgConn().Exec(t.Context(), script(t, migrations.DirectionUp)).Close())
	require.NoError(t, conn.QueryRow(t.Context(), session).Scan(&after))
	require.Equal(t, before, after)
}

func TestScriptOfUnknownDirectionIsRefused(t *testing.T) {
	t.Parallel()
	_, err := migrations.SQL("sideways")
	require.ErrorContains(t, err, `"sideways"`)
}
