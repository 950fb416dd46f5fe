package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/pgweir/weir/cmd/wfadmin/internal/show"
	"github.com/pgweir/weir/sdk"
)

// brokenError says that weir.check() returned rows.
type brokenError struct{ rows int }

func (e *brokenError) Error() string {
	if e.rows == 1 {
		return "1 invariant is broken"
	}
	return fmt.Sprintf("%d invariants are broken", e.rows)
}

func checkCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Look for broken invariants, of which there should never be one",
		Long: `Runs "select * from weir.check()", which may be done at any time, under any load.
Exits with 1 and prints the rows if there are any.`,
		Example: "  wfadmin check",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withDatabase(cmd, func(ctx context.Context, db database) error {
				violations, err := db.client.Check(ctx)
				if err != nil {
					return err
				}
				return printViolations(cmd, violations)
			})
		},
	}
}

var violationsListing = listing{
	columns: []string{"invariant", "workflow_id", "step", "detail"},
	none:    "No invariant is broken.",
}

func printViolations(cmd *cobra.Command, violations []sdk.Violation) error {
	err := violationsListing.print(cmd, rowsOf(violations, func(v sdk.Violation) show.Row {
		return show.Row{
			{Name: "invariant", Value: v.Invariant},
			{Name: "workflow_id", Value: orNil(v.WorkflowID)},
			{Name: "step", Value: orNil(v.Step)},
			{Name: "detail", Value: orNil(v.Detail)},
		}
	}))
	if err == nil && len(violations) > 0 {
		return &brokenError{len(violations)}
	}
	return err
}
