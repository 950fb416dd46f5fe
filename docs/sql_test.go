package docs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/examples/trip"
	"github.com/pgweir/weir/internal/testdb"
	"github.com/pgweir/weir/sdk"
)

var (
	importFile = sdk.Step[string, int]{Name: "import_file", Retry: sdk.Retry{Max: sdk.Never}}
	countRows  = sdk.Step[string, int]{Name: "count_rows"}
)

// setup returns the URL of a database with the workflows that the pages speak
// of: trip-1 is successful, import-1 failed, reminder-1 sleeps, and a step of
// count-1 runs until the test ends. They are run as the role for workers.
func setup(t *testing.T) (url string) {
	t.Helper()
	ctx := t.Context()
	url = testdb.URL(t)
	pool := newPool(t, url, "weir_worker")
	counting, end := make(chan struct{}), make(chan struct{})
	client, err := sdk.New(sdk.Config{Pool: pool, Version: "v1", Handlers: append(slices.Clone(trip.Handlers),
		importFile.Do(func(context.Context, string) (int, error) { return 0, errors.New("no such file") }),
		countRows.Do(func(context.Context, string) (int, error) {
			close(counting)
			<-end
			return 0, nil
		}),
	)})
	require.NoError(t, err)
	require.NoError(t, client.Start(ctx))
	t.Cleanup(func() {
		close(end)
		require.NoError(t, client.Stop(context.Background()))
	})

	require.NoError(t, trip.Run(ctx, client, pool, io.Discard))
	_, err = sdk.Run(ctx, client, importFile.Call("a.csv"), sdk.StartOpts{ID: "import-1"})
	require.ErrorContains(t, err, "no such file")
	_, err = sdk.Start(ctx, client, sdk.Sleep(time.Hour), sdk.StartOpts{ID: "reminder-1"})
	require.NoError(t, err)
	_, err = sdk.Start(ctx, client, countRows.Call("orders"), sdk.StartOpts{ID: "count-1"})
	require.NoError(t, err)
	<-counting
	return url
}

// newPool returns a pool whose sessions have the role.
func newPool(t *testing.T, url, role string) *pgxpool.Pool {
	t.Helper()
	config, err := pgxpool.ParseConfig(url)
	require.NoError(t, err)
	config.ConnConfig.RuntimeParams["role"] = role
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return pool
}

// All SQL of the pages runs, as the role that is said to be enough for it, and
// reports report something.
func TestSQLRuns(t *testing.T) {
	t.Parallel()
	url := setup(t)
	pools := make(map[string]*pgxpool.Pool)
	for _, role := range []string{"weir_reader", "weir_operator"} {
		pools[role] = newPool(t, url, role)
	}

	reports := 0
	for _, page := range pages {
		for _, b := range blocks(t, page, "sql") {
			role := "weir_reader"
			if changing.MatchString(b.text) {
				role = "weir_operator"
			}
			rows := runAndForget(t, pools[role], b)
			if b.heading == "Reports" {
				reports++
				require.Positive(t, rows, "no row from\n%s", b.text)
			}
		}
	}
	require.Equal(t, 6, reports)
}

var changing = regexp.MustCompile(`weir\.(start|cancel|resume|delete)\(`)

// runAndForget rolls back what the statements of a block did, and returns how
// many rows they had.
func runAndForget(t *testing.T, pool *pgxpool.Pool, b block) (rows int) {
	t.Helper()
	conn, err := pool.Acquire(t.Context())
	require.NoError(t, err)
	defer conn.Release()
	tx, err := conn.Begin(t.Context())
	require.NoError(t, err)
	defer tx.Rollback(context.Background())

	results, err := conn.Conn().PgConn().Exec(t.Context(), b.text).ReadAll()
	require.NoError(t, err, "%s:\n%s", b.page, b.text)
	for _, result := range results {
		rows += len(result.Rows)
	}
	return rows
}

const viewsSQL = `
select
  c.relname,
  obj_description(c.oid, 'pg_class'),
  array_agg(
    format('| %s | %s | %s |', '` + "`" + `' || a.attname || '` + "`" + `', format_type(a.atttypid, null), col_description(c.oid, a.attnum))
    order by a.attnum
  )
from pg_class as c
join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0
where c.relnamespace = 'weir'::regnamespace
  and c.relkind = 'v'
group by c.oid, c.relname
order by c.relname`

// The page has the views that are there, each column with its type and comment.
func TestViewsAreDescribedAsTheyAre(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t)

	var want []string
	var name, comment string
	var columns []string
	rows, _ := pool.Query(t.Context(), viewsSQL)
	_, err := pgx.ForEachRow(rows, []any{&name, &comment, &columns}, func() error {
		want = append(want, fmt.Sprintf("### weir.%s\n\n%s\n\n| column | type | |\n| --- | --- | --- |\n%s\n",
			name, comment, strings.Join(columns, "\n")))
		return nil
	})
	require.NoError(t, err)

	page := read(t, "docs/sql.md")
	for _, view := range want {
		require.Contains(t, page, view)
	}
	require.Equal(t, len(want), strings.Count(page, "\n### weir."))
}

const functionsSQL = `
select format('%s(%s)', p.proname, pg_get_function_identity_arguments(p.oid))
from pg_proc as p
where p.pronamespace = 'weir'::regnamespace
order by p.proname`

func TestFunctionsAreDescribedAsTheyAre(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t)

	rows, _ := pool.Query(t.Context(), functionsSQL)
	want, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)

	_, section, _ := strings.Cut(read(t, "docs/sql.md"), "## Functions")
	section, _, _ = strings.Cut(section, "\n## ")
	require.ElementsMatch(t, want, firstCells(section))
}

// Each SQLSTATE that a function raises is in the list of errors, and no other.
func TestSQLStatesAreDescribedAsTheyAre(t *testing.T) {
	t.Parallel()

	var raised []string
	files, err := filepath.Glob(filepath.Join(root, "migrations/functions/*.sql"))
	require.NoError(t, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, found := range regexp.MustCompile(`errcode = '(WF\d+)'`).FindAllStringSubmatch(string(text), -1) {
			raised = append(raised, found[1])
		}
	}
	slices.Sort(raised)

	_, section, _ := strings.Cut(read(t, "docs/sql.md"), "## Errors")
	section, _, _ = strings.Cut(section, "\n## ")
	require.Equal(t, slices.Compact(raised), firstCells(section))
}

// firstCells returns what is in code quotes at the begin of a table's rows.
func firstCells(section string) (cells []string) {
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(section, -1) {
		cells = append(cells, row[1])
	}
	return cells
}
