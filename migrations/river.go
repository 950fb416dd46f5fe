package migrations

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// RiverVersion is the version of River's tables that this binary needs. It moves with the River module.
const RiverVersion = 8

const riverRemoved = -1 // rivermigrate's target for "no version at all"

func riverMigrator(pool *pgxpool.Pool) (*rivermigrate.Migrator[pgx.Tx], error) {
	return rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{
		Schema: "weir_internal",
		Logger: slog.New(slog.DiscardHandler),
	})
}

func migrateRiver(ctx context.Context, config *pgx.ConnConfig, direction rivermigrate.Direction, target int) error {
	pool, err := riverPool(ctx, config)
	if err != nil {
		return err
	}
	defer pool.Close()
	migrator, err := riverMigrator(pool)
	if err != nil {
		return err
	}
	_, err = migrator.Migrate(ctx, direction, &rivermigrate.MigrateOpts{TargetVersion: target})
	if err != nil {
		return fmt.Errorf("migrating River's tables %s: %w", direction, err)
	}
	return nil
}

func riverPool(ctx context.Context, config *pgx.ConnConfig) (*pgxpool.Pool, error) {
	settings, err := pgxpool.ParseConfig(config.ConnString())
	if err != nil {
		return nil, err
	}
	settings.ConnConfig = direct(config)
	settings.AfterConnect = prepare
	settings.MinConns, settings.MinIdleConns, settings.MaxConns = 0, 0, 1
	return pgxpool.NewWithConfig(ctx, settings)
}
