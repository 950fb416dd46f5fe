package main

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/spf13/cobra"

	"github.com/pgweir/weir/migrations"
)

// migrate prints what was done.
func migrate(cmd *cobra.Command, do func(context.Context, *pgx.ConnConfig) (done string, err error)) error {
	config, err := databaseConfig(cmd)
	if err != nil {
		return err
	}
	done, err := do(cmd.Context(), config)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), done)
	return err
}

func migrateUp(ctx context.Context, config *pgx.ConnConfig) (string, error) {
	found, err := migrations.UpState(ctx, config)
	return upDone(found), err
}

func migrateDown(ctx context.Context, config *pgx.ConnConfig) (string, error) {
	found, err := migrations.DownState(ctx, config)
	return downDone(found), err
}

func migrateVerify(ctx context.Context, config *pgx.ConnConfig) (string, error) {
	return "The database is what this binary needs.", migrations.Verify(ctx, config)
}

// upDone says what Up did with the state that it found.
func upDone(found migrations.State) string {
	switch {
	case found.Version == 0:
		return fmt.Sprintf("Created Weir, version %d.", found.Latest)
	case found.Version < found.Latest:
		return fmt.Sprintf("Upgraded Weir from version %d to %d.", found.Version, found.Latest)
	case found.River < found.RiverPinned:
		return fmt.Sprintf("Upgraded River's tables from version %d to %d.", found.River, found.RiverPinned)
	case !found.ObjectsCurrent:
		return "Replaced the functions and views; the tables were up to date."
	}
	return fmt.Sprintf("Nothing to do: the database is up to date, at version %d.", found.Version)
}

// downDone says what Down did with the state that it found.
func downDone(found migrations.State) string {
	if found.Version == 0 && found.River == 0 {
		return "Nothing to do: Weir is not in the database."
	}
	return "Removed Weir from the database."
}
