package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// finishedSQL stands for what an engine has run: finished workflows of one
	// step, one in a hundred failed and one in a hundred cancelled, of 1,000
	// customers and under 100 names.
	finishedSQL = `
insert into weir_internal.workflow (
  id, created_at, started_at, finished_at, fingerprint, status, root, steps, failed_step, workflow_id, name, metadata
)
select
  n,
  c.at,
  c.at,
  c.at + interval '1 second',
  0,
  case n % 100 when 1 then 'FAILED' when 2 then 'CANCELED' else 'SUCCESSFUL' end::weir_internal.workflow_status,
  0,
  1,
  case n % 100 when 1 then 0 end,
  format('order-%s', lpad(n::text, 8, '0')),
  format('name-%s', n / 7 % 100),
  jsonb_build_object('customer', n / 3 % 1000, 'region', 'north')
from generate_series(1, $1::bigint) as n
cross join lateral (select now() - ($1 - n) * interval '1 second' as at) as c`

	finishedStepsSQL = `
insert into weir_internal.step (
  workflow, created_at, no, run, caught, name, function, queue, dependencies, dependents, args, state, pending, attempt,
  started_at, finished_at, output, error
)
select
  w.id, w.created_at, 0, 0, false, 'empty', 'empty', 'default', '{}', '{}', '[]', s.state, 0, 1,
  w.started_at,
  case when s.state <> 'halted' then w.finished_at end,
  case when s.state = 'succeeded' then 'null'::jsonb end,
  case when s.state = 'failed' then '{"step": "empty", "type": "error", "message": "not now", "attempts": 1}'::jsonb end
from weir_internal.workflow as w
cross join lateral (
  select
    case w.status when 'FAILED' then 'failed' when 'CANCELED' then 'halted' else 'succeeded' end::weir_internal.step_state
      as state
) as s`

	lookupSQL = `select workflow_id from weir_internal.workflow where id = $1`

	listCalls = 100 // of each kind
)

// listings are the arguments of weir.list that are asked for.
var listings = []struct{ name, args string }{
	{"no filter", ``},
	{"status", `status => '{FAILED}'`},
	{"name", `name => 'name-7'`},
	{"metadata, one in 1,000", `metadata => '{"customer": 7}'`},
	{"metadata, all", `metadata => '{"region": "north"}'`},
	{"id prefix, 100", `id_prefix => 'order-000001'`},
	{"id prefix, all", `id_prefix => 'order-'`},
}

// lists reads first pages of many finished workflows, which SQL has made: to run
// them would take longer than all the other cases.
func lists(ctx context.Context, b *bench) ([]sample, error) {
	if err := b.database.clean(ctx); err != nil {
		return nil, err
	}
	pool, err := b.database.pool(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	if err := makeFinished(ctx, pool, b.config.Sizes.Finished); err != nil {
		return nil, fmt.Errorf("making finished workflows: %w", err)
	}
	if err := b.resetCosts(ctx); err != nil {
		return nil, err
	}

	var samples []sample
	_, err = b.profiled(func() error {
		lookups, err := timeReads(ctx, pool, lookupSQL, b.config.Sizes.Finished)
		if err != nil {
			return err
		}
		lookup := quantile(lookups, 0.5)
		for _, l := range listings {
			pages, err := timeReads(ctx, pool, `select * from weir.list(`+l.args+`)`)
			if err != nil {
				return fmt.Errorf("listing with %s: %w", l.name, err)
			}
			samples = append(samples, sample{
				name: "first page, " + l.name + ", p50", unit: "us",
				value: quantile(pages, 0.5), base: lookup, than: "lookup",
			})
		}
		samples = append(samples, sample{name: "lookup by primary key, p50", unit: "us", value: lookup})
		return nil
	})
	if err != nil {
		return nil, err
	}
	pool.Close()
	return samples, b.readCosts(ctx)
}

// makeFinished leaves the tables as autovacuum would.
func makeFinished(ctx context.Context, pool *pgxpool.Pool, workflows int) error {
	if _, err := pool.Exec(ctx, finishedSQL, workflows); err != nil {
		return err
	}
	if _, err := pool.Exec(ctx, finishedStepsSQL); err != nil {
		return err
	}
	_, err := pool.Exec(ctx, `vacuum analyze weir_internal.workflow, weir_internal.step`)
	return err
}

// timeReads returns how long it took each time to have all rows here.
func timeReads(ctx context.Context, pool *pgxpool.Pool, sql string, args ...any) ([]time.Duration, error) {
	took := make([]time.Duration, listCalls)
	for i := range took {
		began := time.Now()
		rows, _ := pool.Query(ctx, sql, args...)
		if _, err := pgx.CollectRows(rows, pgx.RowToMap); err != nil {
			return nil, err
		}
		took[i] = time.Since(began)
	}
	return took, nil
}
