package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/pgweir/weir/cmd/wfadmin/internal/show"
	"github.com/pgweir/weir/sdk"
)

func limitCommand() *cobra.Command {
	cmd := group(&cobra.Command{
		Use:   "limit",
		Short: "Bound how many workflows run at once",
		Long: `Bounds how many workflows of a registered name, or with their root step in a queue, run
at once, in all processes together. The others are PENDING until it is their turn.`,
	})
	cmd.AddCommand(limitListCommand(), limitSetCommand(), limitLiftCommand())
	return cmd
}

func limitFlags(cmd *cobra.Command, limit *sdk.Limit) {
	cmd.Flags().StringVar(&limit.Name, "name", "", "registered name whose workflows it is for")
	cmd.Flags().StringVar(&limit.Queue, "queue", "", "queue whose workflows it is for")
}

// changeLimit hands to done what the limit is for.
func changeLimit(
	cmd *cobra.Command,
	limit sdk.Limit,
	change func(*sdk.Client, context.Context, sdk.Limit) error,
	done func(scope, key string) error,
) error {
	scope, key := "name", limit.Name
	if limit.Name == "" {
		scope, key = "queue", limit.Queue
	}
	if (limit.Name == "") == (limit.Queue == "") {
		return &usageError{cmd.CommandPath() + " takes either --name or --queue"}
	}
	return withDatabase(cmd, func(ctx context.Context, db database) error {
		err := change(db.client, ctx, limit)
		if input, ok := errors.AsType[*sdk.InputError](err); ok && input.Field == "key" {
			return &sdk.InputError{Field: scope, Reason: input.Reason}
		}
		if err != nil {
			return err
		}
		return done(scope, key)
	})
}

func limitRow(scope, key string, maxRunning, maxPending any) show.Row {
	return show.Row{
		{Name: "scope", Value: scope},
		{Name: "key", Value: key},
		{Name: "max_running", Value: maxRunning},
		{Name: "max_pending", Value: maxPending},
	}
}
