package main

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/spf13/cobra"

	"github.com/pgweir/weir/migrations"
)

const (
	databaseFlag = "database-url"
	databaseEnv  = "WEIR_DATABASE_URL"
)

// connectTimeout is for those who set none: a host that swallows packets would
// keep them waiting for minutes.
const connectTimeout = 10 * time.Second

// databaseURL returns the database that was named for Weir. It is empty if none
// was, which pgx takes for libpq's variables.
func databaseURL(cmd *cobra.Command) (string, error) {
	flag := cmd.Flag(databaseFlag)
	if !flag.Changed {
		return os.Getenv(databaseEnv), nil
	}
	// The variable of a script that is not set must not lead to another database.
	if flag.Value.String() == "" {
		return "", &usageError{"--" + databaseFlag + " is empty"}
	}
	return flag.Value.String(), nil
}

func databaseConfig(cmd *cobra.Command) (*pgx.ConnConfig, error) {
	config, err := poolConfig(cmd)
	if err != nil {
		return nil, err
	}
	return config.ConnConfig, nil
}

func poolConfig(cmd *cobra.Command) (*pgxpool.Config, error) {
	url, err := databaseURL(cmd)
	if err != nil {
		return nil, err
	}
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, &usageError{"connection string of the database: " + withoutURL(err)}
	}
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = connectTimeout
	}
	return config, nil
}

// withoutURL leaves out the connection string, which may hold a password.
func withoutURL(err error) string {
	if cause := errors.Unwrap(err); cause != nil {
		return cause.Error()
	}
	return err.Error()
}

// openPool returns a pool of a database that is what this binary needs. The
// caller closes it.
func openPool(ctx context.Context, cmd *cobra.Command) (*pgxpool.Pool, error) {
	config, err := poolConfig(cmd)
	if err != nil {
		return nil, err
	}
	if err := migrations.Verify(ctx, config.ConnConfig); err != nil {
		return nil, err
	}
	return pgxpool.NewWithConfig(ctx, config)
}
