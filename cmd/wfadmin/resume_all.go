package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/pgweir/weir/cmd/wfadmin/internal/show"
	"github.com/pgweir/weir/sdk"
)

// leftError says that resume-all left workflows as they were.
type leftError struct{ left, all int }

func (e *leftError) Error() string {
	return fmt.Sprintf("%d of %d workflows were left as they were", e.left, e.all)
}

var resumedListing = listing{
	columns: []string{"workflow_id", "status", "error"},
	none:    "There is nothing to resume.",
}

func resumeAllCommand() *cobra.Command {
	var includeFailed bool
	cmd := &cobra.Command{
		Use:   "resume-all",
		Short: "Resume every workflow that nobody runs",
		Long: `Resumes every RESUMABLE workflow and lists them, the oldest first, with the status that
each has then. Cancelled ones are left alone. Exits with 1 if some could not be
resumed: somebody's transaction has them locked.`,
		Example: "  wfadmin resume-all\n  wfadmin resume-all --include-failed",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withDatabase(cmd, func(ctx context.Context, db database) error {
				resumed, err := db.client.ResumeAll(ctx, includeFailed)
				if err != nil {
					return err
				}
				return printResumed(cmd, resumed)
			})
		},
	}
	cmd.Flags().BoolVar(&includeFailed, "include-failed", false, "resume FAILED ones, too")
	return cmd
}

func printResumed(cmd *cobra.Command, resumed []sdk.Resumed) error {
	left := 0
	err := resumedListing.print(cmd, rowsOf(resumed, func(r sdk.Resumed) show.Row {
		row := show.Row{{Name: "workflow_id", Value: r.ID}, {Name: "status", Value: string(r.Status)}, {Name: "error"}}
		if r.Err != nil {
			left++
			row[2].Value = r.Err.Error()
		}
		return row
	}))
	if err == nil && left > 0 {
		return &leftError{left, len(resumed)}
	}
	return err
}
