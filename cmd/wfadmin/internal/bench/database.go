package bench

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/pgweir/weir/migrations"
)

// riverSchema is where plain River lives, beside Weir's schemas.
const riverSchema = "weir_bench_river"

// database is the run's own on somebody's server.
type database struct {
	server *pgx.ConnConfig
	config *pgxpool.Config
	name   string
}

func createDatabase(ctx context.Context, config Config) (*database, error) {
	pool, err := pgxpool.ParseConfig(config.URL)
	if err != nil {
		return nil, fmt.Errorf("reading the URL: %w", err)
	}
	d := &database{
		server: pool.ConnConfig.Copy(),
		config: pool,
		name:   fmt.Sprintf("weir_bench_%08x", rand.Uint32()),
	}
	d.config.MaxConns = int32(config.Connections)
	d.config.MinConns = 0
	d.config.ConnConfig.Database = d.name
	if config.Functions {
		d.config.ConnConfig.RuntimeParams["track_functions"] = "all"
	}

	if err := d.onServer(ctx, "create database "+d.name); err != nil {
		return nil, fmt.Errorf("creating a database: %w", err)
	}
	if err := d.prepare(ctx, config); err != nil {
		_ = d.drop(context.WithoutCancel(ctx))
		return nil, err
	}
	return d, nil
}

// prepare makes all that the cases work on.
func (d *database) prepare(ctx context.Context, config Config) error {
	if err := migrations.Up(ctx, d.config.ConnConfig); err != nil {
		return fmt.Errorf("migrating Weir: %w", err)
	}
	pool, err := d.pool(ctx, nil)
	if err != nil {
		return err
	}
	defer pool.Close()

	_, err = pool.Exec(ctx, `
		create schema `+riverSchema+`;
		create schema weir_bench;
		create table weir_bench.plain (
		  id bigint generated always as identity primary key,
		  inserted_at timestamptz not null default now()
		)`)
	if err != nil {
		return fmt.Errorf("creating the schemas: %w", err)
	}
	if config.Functions {
		// Without the library the extension can't be made: then there is no such list.
		_, _ = pool.Exec(ctx, `create extension pg_stat_statements`)
	}

	migrator, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{
		Schema: riverSchema,
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrating plain River: %w", err)
	}
	return nil
}

// pool returns a pool of the size that every case has. The caller closes it.
func (d *database) pool(ctx context.Context, tracer pgx.QueryTracer) (*pgxpool.Pool, error) {
	config := d.config.Copy()
	config.ConnConfig.Tracer = tracer
	return pgxpool.NewWithConfig(ctx, config)
}

// with runs do on a connection of its own.
func (d *database) with(ctx context.Context, do func(*pgx.Conn) error) error {
	conn, err := pgx.ConnectConfig(ctx, d.config.ConnConfig)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx)) //nolint:errcheck // nothing is lost with it
	return do(conn)
}

func (d *database) onServer(ctx context.Context, sql string) error {
	conn, err := pgx.ConnectConfig(ctx, d.server)
	if err != nil {
		return fmt.Errorf("%w: %w", migrations.ErrUnreachable, err)
	}
	defer conn.Close(context.WithoutCancel(ctx)) //nolint:errcheck // nothing is lost with it
	_, err = conn.Exec(ctx, sql)
	return err
}

// drop disconnects whoever is left and removes the database.
func (d *database) drop(ctx context.Context) error {
	if err := d.onServer(ctx, "drop database if exists "+d.name+" with (force)"); err != nil {
		return fmt.Errorf("dropping database %s: %w", d.name, err)
	}
	return nil
}

const truncateSQL = `
select coalesce('truncate ' || string_agg(format('%I.%I', schemaname, tablename), ', '), 'select 1')
from pg_catalog.pg_tables
where schemaname in ('weir_internal', 'weir_bench_river', 'weir_bench')
  and tablename not in ('schema_migrations', 'schema_objects', 'river_migration')`

// clean empties the tables and writes what is dirty, so that each case begins
// alike, and none pays for the checkpoint of the one before.
func (d *database) clean(ctx context.Context) error {
	return d.with(ctx, func(conn *pgx.Conn) error {
		var truncate string
		if err := conn.QueryRow(ctx, truncateSQL).Scan(&truncate); err != nil {
			return fmt.Errorf("listing tables: %w", err)
		}
		if _, err := conn.Exec(ctx, truncate); err != nil {
			return fmt.Errorf("emptying tables: %w", err)
		}
		// Only a superuser and pg_checkpoint may.
		_, _ = conn.Exec(ctx, `checkpoint`)
		return nil
	})
}

// walPosition is how many bytes the server has logged since it was made.
func (d *database) walPosition(ctx context.Context) (position float64, err error) {
	err = d.with(ctx, func(conn *pgx.Conn) error {
		return conn.QueryRow(ctx, `select (pg_catalog.pg_current_wal_insert_lsn() - '0/0')::float8`).Scan(&position)
	})
	return position, err
}
