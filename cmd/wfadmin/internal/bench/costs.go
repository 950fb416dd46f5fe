package bench

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Cost is where the server's time went in one measurement.
type Cost struct {
	Of         string          `json:"of"`
	Functions  []FunctionCost  `json:"functions"`
	Tables     []TableCost     `json:"tables"`
	Statements []StatementCost `json:"statements,omitempty"`
}

// FunctionCost sums up the calls of a function. Times are in milliseconds; a
// function that the server has merged into its caller isn't counted.
type FunctionCost struct {
	Name  string  `json:"name"`
	Calls int64   `json:"calls"`
	Total float64 `json:"total_ms"`
	Self  float64 `json:"self_ms"`
}

// TableCost counts the rows written to a table. Hot are the updates that touched
// no index.
type TableCost struct {
	Name     string `json:"name"`
	Inserted int64  `json:"inserted"`
	Updated  int64  `json:"updated"`
	Hot      int64  `json:"hot"`
	Deleted  int64  `json:"deleted"`
}

// StatementCost sums up a statement, those inside functions too.
type StatementCost struct {
	Query string  `json:"query"`
	Calls int64   `json:"calls"`
	Total float64 `json:"total_ms"`
	Rows  int64   `json:"rows"`
	WAL   float64 `json:"wal_bytes"`
}

const (
	functionCostsSQL = `
select schemaname || '.' || funcname, calls, total_time, self_time
from pg_catalog.pg_stat_user_functions
where calls > 0 and schemaname in ('weir', 'weir_internal')
order by self_time desc`

	tableCostsSQL = `
select schemaname || '.' || relname, n_tup_ins, n_tup_upd, n_tup_hot_upd, n_tup_del
from pg_catalog.pg_stat_user_tables
where n_tup_ins + n_tup_upd + n_tup_del > 0
order by n_tup_ins + n_tup_upd + n_tup_del desc`

	statementCostsSQL = `
select regexp_replace(query, '\s+', ' ', 'g'), calls, total_exec_time, rows, wal_bytes::float8
from pg_stat_statements
where dbid = (select oid from pg_catalog.pg_database where datname = current_database())
  and query !~ 'pg_stat'
order by total_exec_time desc
limit 30`
)

// resetCosts forgets what was counted so far in the run's database.
func (b *bench) resetCosts(ctx context.Context) error {
	if !b.config.Functions {
		return nil
	}
	return b.database.with(ctx, func(conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, `select pg_catalog.pg_stat_reset()`); err != nil {
			return fmt.Errorf("resetting statistics: %w", err)
		}
		_, err := conn.Exec(ctx, `
			select pg_stat_statements_reset(0, oid, 0) from pg_catalog.pg_database where datname = current_database()`)
		return withoutStatements(err)
	})
}

func (b *bench) readCosts(ctx context.Context) error {
	if !b.config.Functions {
		return nil
	}
	cost := Cost{Of: b.measure}
	err := b.database.with(ctx, func(conn *pgx.Conn) (err error) {
		if cost.Functions, err = collect[FunctionCost](ctx, conn, functionCostsSQL); err != nil {
			return err
		}
		if cost.Tables, err = collect[TableCost](ctx, conn, tableCostsSQL); err != nil {
			return err
		}
		cost.Statements, err = collect[StatementCost](ctx, conn, statementCostsSQL)
		return withoutStatements(err)
	})
	if err != nil {
		return fmt.Errorf("reading statistics: %w", err)
	}
	b.costs = append(b.costs, cost)
	return nil
}

func collect[T any](ctx context.Context, conn *pgx.Conn, sql string) ([]T, error) {
	rows, _ := conn.Query(ctx, sql)
	return pgx.CollectRows(rows, pgx.RowToStructByPos[T])
}

// withoutStatements forgives a server that doesn't count statements.
func withoutStatements(err error) error {
	if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch pgErr.Code {
		case "42P01", "42883", "55000": // no such view, no such function, library not loaded
			return nil
		}
	}
	return err
}
