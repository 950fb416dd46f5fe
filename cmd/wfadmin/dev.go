package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/spf13/cobra"

	"github.com/pgweir/weir/internal/devdb"
	"github.com/pgweir/weir/migrations"
)

func devCommand() *cobra.Command {
	var data string
	cmd := &cobra.Command{
		Use:   "dev",
		Short: "Run a private Postgres with Weir in it until Ctrl-C",
		Long: `Starts a Postgres server of its own, from binaries found on this machine or else
downloaded, migrates it, and prints its URL on standard output. Ctrl-C stops it.

With --data, the next start has the same URL, unless somebody else took the port.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := notEmpty(cmd, "data"); err != nil {
				return err
			}
			if cmd.Flags().Changed(databaseFlag) {
				return &usageError{"dev runs a server of its own, and takes no --" + databaseFlag}
			}
			return dev(cmd, data)
		},
	}
	cmd.Flags().StringVar(&data, "data", "", "folder that keeps the data (default: a temporary one)")
	return cmd
}

func dev(cmd *cobra.Command, data string) (err error) {
	ctx := cmd.Context()
	server, err := devdb.Start(ctx, devdb.Config{Dir: data})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()

	if err := migrateURL(ctx, server.URL()); err != nil {
		return err
	}
	kept := "removes its data"
	if data != "" {
		kept = "keeps its data in " + data
	}
	cmd.PrintErrf("PostgreSQL %s is up and migrated. Ctrl-C stops it and %s.\n", server.Version(), kept)
	if _, err := fmt.Fprintln(cmd.OutOrStdout(), server.URL()); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

func migrateURL(ctx context.Context, url string) error {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return err
	}
	return migrations.Up(ctx, config)
}
