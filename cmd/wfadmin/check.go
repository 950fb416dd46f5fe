package main

import (
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
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			pool, err := openPool(cmd.Context(), cmd)
			if err != nil {
				return err
			}
			defer pool.Close()

			client, err := sdk.New(sdk.Config{Pool: pool})
			if err != nil {
				return err
			}
			violations, err := client.Check(cmd.Context())
			if err != nil {
				return err
			}
			return reportViolations(cmd, violations)
		},
	}
}

func reportViolations(cmd *cobra.Command, violations []sdk.Violation) error {
	if len(violations) == 0 {
		_, err := fmt.Fprintln(cmd.OutOrStdout(), "No invariant is broken.")
		return err
	}
	rows := make([][]string, len(violations))
	for i, v := range violations {
		rows[i] = []string{v.Invariant, v.WorkflowID, v.Step, v.Detail}
	}
	if err := show.Table(cmd.OutOrStdout(), []string{"invariant", "workflow", "step", "detail"}, rows); err != nil {
		return err
	}
	return &brokenError{len(violations)}
}
