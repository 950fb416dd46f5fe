package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/pgweir/weir/cmd/wfadmin/internal/show"
	"github.com/pgweir/weir/sdk"
)

func resumeCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "resume ID",
		Short: "Set a failed or cancelled workflow going again",
		Long: `Sets a failed, cancelled or RESUMABLE workflow going again from what it has recorded,
with fresh retries, and prints its status then. One that is running or successful
stays as it is.`,
		Example: "  wfadmin resume import-1",
		Args:    arguments("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withDatabase(cmd, func(ctx context.Context, db database) error {
				status, err := db.client.Resume(ctx, args[0])
				if err != nil {
					return err
				}
				return printStatus(cmd, args[0], status)
			})
		},
	}
}

func printStatus(cmd *cobra.Command, id string, status sdk.Status) error {
	row := show.Row{{Name: "workflow_id", Value: id}, {Name: "status", Value: string(status)}}
	return printDone(cmd, row, "%s is %s.", id, status)
}
