package docs

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/internal/testdb"
)

// All SQL of the pages runs, as the role that is said to be enough for it.
func TestSQLRuns(t *testing.T) {
	t.Parallel()
	url := setup(t)
	pools := make(map[string]*pgxpool.Pool)
	for _, role := range []string{"weir_reader", "weir_operator"} {
		pools[role] = testdb.As(t, url, role)
	}

	for _, page := range pages {
		for _, b := range blocks(t, page, "sql") {
			if b.heading == headingLanguages { // which commits
				continue
			}
			role := "weir_reader"
			if changing.MatchString(b.text) {
				role = "weir_operator"
			}
			runAndForget(t, pools[role], b)
		}
	}
}

var changing = regexp.MustCompile(`weir\.(start|cancel|resume|resume_all|delete|send_event|set_limit|actor_\w+)\(`)

// runAndForget rolls back what the statements of a block did.
func runAndForget(t *testing.T, pool *pgxpool.Pool, b block) {
	t.Helper()
	tx, err := pool.Begin(t.Context())
	require.NoError(t, err)
	defer tx.Rollback(context.Background())
	require.NoError(t, tx.Conn().PgConn().Exec(t.Context(), b.text).Close(), "%s:\n%s", b.page, b.text)
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
		require.NotEmpty(t, comment, name)
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

	require.ElementsMatch(t, want, firstCells(section(t, "## Functions")))
}

// The page has the reasons that the view weir.blocked gives, and no other.
func TestReasonsAreDescribedAsTheyAre(t *testing.T) {
	t.Parallel()
	view, described := read(t, "migrations/views/7_blocked.sql"), section(t, "### Reasons")
	reasons := firstCells(described)
	require.Len(t, reasons, 14)
	for _, reason := range reasons {
		require.Contains(t, view, "'"+reason+"'")
	}
	for _, words := range regexp.MustCompile(`'([a-z-]+ [a-z -]+)'`).FindAllStringSubmatch(view, -1) {
		require.Contains(t, described, "`"+words[1]+"`")
	}
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

	require.Equal(t, slices.Compact(raised), firstCells(section(t, "## Errors")))
}

const rolesSQL = `
select string_agg(p.proname, ', ' order by p.proname)
from pg_proc as p
where p.pronamespace = 'weir'::regnamespace
  and has_function_privilege($1, p.oid, 'execute')
  and not has_function_privilege($2, p.oid, 'execute')`

func TestRolesAreDescribedAsTheyAre(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t)
	described := strings.ReplaceAll(section(t, "## Roles"), "`", "")
	for _, row := range []struct{ role, less, words string }{
		{"weir_reader", "public", "%s"},
		{"weir_client", "weir_reader", "what weir_reader may, and %s"},
		{"weir_operator", "weir_client", "what weir_client may, and %s"},
	} {
		var more string
		require.NoError(t, pool.QueryRow(t.Context(), rolesSQL, row.role, row.less).Scan(&more))
		require.Contains(t, described, fmt.Sprintf("| %s | "+row.words+" |", row.role, more))
	}
	for _, less := range []string{"weir_client", "weir_worker"} { // who may the same
		var more *string
		other := map[string]string{"weir_client": "weir_worker", "weir_worker": "weir_client"}[less]
		require.NoError(t, pool.QueryRow(t.Context(), rolesSQL, other, less).Scan(&more))
		require.Nil(t, more)
	}
}

// section is what the page has under a heading, up to the next of any level.
func section(t *testing.T, heading string) string {
	t.Helper()
	_, text, found := strings.Cut(read(t, "docs/sql.md"), "\n"+heading+"\n")
	require.True(t, found, heading)
	text, _, _ = strings.Cut(text, "\n#")
	return text
}

// firstCells returns what is in code quotes at the begin of a table's rows.
func firstCells(section string) (cells []string) {
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(section, -1) {
		cells = append(cells, row[1])
	}
	return cells
}
