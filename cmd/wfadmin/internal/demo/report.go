package demo

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgweir/weir/cmd/wfadmin/internal/show"
)

// reports are what anybody could type.
var reports = []struct{ title, sql string }{
	{"Statuses", `
select workflow_id, status, steps, date_trunc('milliseconds', finished_at - created_at) as took
from weir.workflows
where created_at > now() - interval '2 minutes'
order by created_at;`},
	{"Slowest steps", `
select name, attempt, lost, state, date_trunc('milliseconds', finished_at - started_at) as took
from weir.steps
where finished_at > now() - interval '2 minutes'
order by finished_at - started_at desc
limit 5;`},
	{"Attempts that were lost with their worker", `
select step, attempt, worker, date_trunc('milliseconds', finished_at - started_at) as lost_after
from weir.attempts
where lost
  and finished_at > now() - interval '2 minutes'
order by finished_at, step
limit 10;`},
}

func (d *demo) report(ctx context.Context) error {
	d.screen.say("\n3. Everything is rows. What anybody could type:")
	for _, report := range reports {
		d.screen.say("\n%s:\n\n%s\n", report.title, indent(report.sql))
		if _, err := d.printRows(ctx, report.sql); err != nil {
			return fmt.Errorf("%s: %w", report.title, err)
		}
	}
	return nil
}

const checkSQL = `select * from weir.check();`

// check has the database look for broken invariants.
func (d *demo) check(ctx context.Context) error {
	d.screen.say("\nBroken invariants:\n\n%s\n", indent(checkSQL))
	rows, err := d.printRows(ctx, checkSQL)
	if err != nil {
		return fmt.Errorf("check: %w", err)
	}
	d.verdict(rows == 0, "weir.check() finds no broken invariant.")
	return nil
}

func (d *demo) printRows(ctx context.Context, sql string) (count int, err error) {
	// In the simple protocol all values come as text, as psql gets them.
	rows, err := d.pool.Query(ctx, sql, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		return 0, err
	}
	texts, err := pgx.CollectRows(rows, rowToTexts)
	if err != nil {
		return 0, err
	}
	if len(texts) == 0 {
		d.screen.say("(no rows)")
		return 0, nil
	}
	var header []string
	for _, field := range rows.FieldDescriptions() {
		header = append(header, field.Name)
	}
	return len(texts), show.Table(d.config.Output, header, texts)
}

func rowToTexts(row pgx.CollectableRow) ([]string, error) {
	texts := make([]string, len(row.RawValues()))
	for i, value := range row.RawValues() {
		texts[i] = string(value)
	}
	return texts, nil
}

func indent(sql string) string {
	return "  " + strings.ReplaceAll(strings.TrimSpace(sql), "\n", "\n  ")
}
