package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/pgweir/weir/sdk"
)

func cancelCommand() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "cancel ID",
		Short: "Stop a workflow",
		Long: `Stops a workflow: once this returns, no further step of it starts. Steps that run get a
cancelled context. Cancelling what is cancelled is fine; what has ended otherwise
stays as it is.`,
		Example: `  wfadmin cancel trip-1 --reason "the customer asked"`,
		Args:    arguments("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withDatabase(cmd, func(ctx context.Context, db database) error {
				if err := db.client.Cancel(ctx, args[0], reason); err != nil {
					return err
				}
				return printStatus(cmd, args[0], sdk.StatusCanceled)
			})
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "stored with the workflow")
	return cmd
}
