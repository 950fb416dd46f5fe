package main

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/spf13/cobra"

	"github.com/pgweir/weir/sdk"
)

// database is what a command looks at and steers: through the client where that has
// the method, else through the views of the schema weir.
type database struct {
	pool   *pgxpool.Pool
	client *sdk.Client
}

// withDatabase runs do on a database that is what this binary needs.
func withDatabase(cmd *cobra.Command, do func(ctx context.Context, db database) error) (err error) {
	ctx := cmd.Context()
	pool, err := openPool(ctx, cmd)
	if err != nil {
		return err
	}
	defer pool.Close()

	client, err := sdk.New(sdk.Config{Pool: pool})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Stop(context.WithoutCancel(ctx))) }() // ends waits
	return inputWords(cmd, do(ctx, database{pool, client}))
}
