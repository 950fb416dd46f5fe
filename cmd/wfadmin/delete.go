package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/pgweir/weir/cmd/wfadmin/internal/show"
)

func deleteCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "delete ID",
		Short: "Remove a workflow that has ended",
		Long: `Removes everything of a workflow that has ended. There is no way back. One that hasn't
ended has to be cancelled first.`,
		Example: "  wfadmin delete trip-1 --yes",
		Args:    arguments("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !yes {
				return confirm(cmd, fmt.Sprintf("workflow %q", args[0]))
			}
			return withDatabase(cmd, func(ctx context.Context, db database) error {
				if err := db.client.Delete(ctx, args[0]); err != nil {
					return err
				}
				row := show.Row{{Name: "workflow_id", Value: args[0]}, {Name: "deleted", Value: true}}
				return printDone(cmd, row, "%s is deleted.", args[0])
			})
		},
	}
	yesFlag(cmd, &yes)
	return cmd
}
