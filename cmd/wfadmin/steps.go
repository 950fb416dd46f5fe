package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"
)

var stepStates = []string{
	"waiting", "ready", "running", "scheduled", "parked", "delegated", "halted", "succeeded", "failed",
}

const stepsSQL = `
select
  no, name, function, queue, state, attempt, lost, pending, parent, args, output, error, metadata,
  created_at, started_at, finished_at, wake_at, worker
from weir.steps
where workflow_id = $1
  and (state = any ($2) or $2 is null)
order by no`

var stepsListing = listing{
	columns: []string{"no", "name", "function", "state", "attempt", "parent", "started_at", "finished_at", "wake_at", "error"},
	none:    "No step is in that state.",
}

func stepsCommand() *cobra.Command {
	var states []string
	cmd := &cobra.Command{
		Use:   "steps ID",
		Short: "List the steps of a workflow",
		Long: `Lists rows of the view weir.steps by number: a step comes after those it waits for. The
JSON has arguments and outputs too.`,
		Example: "  wfadmin steps trip-1\n  wfadmin steps trip-1 --state running,failed\n  wfadmin steps trip-1 -o json | jq '.[] | .name, .output'",
		Args:    arguments("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := notEmpty(cmd, "state"); err != nil {
				return err
			}
			if err := oneOf("state", states, stepStates); err != nil {
				return err
			}
			return withDatabase(cmd, func(ctx context.Context, db database) error {
				if _, err := db.client.Status(ctx, args[0]); err != nil {
					return err
				}
				return stepsListing.print(cmd, db.query(ctx, stepsSQL, args[0], states))
			})
		},
	}
	cmd.Flags().StringSliceVar(&states, "state", nil, "only these states: "+strings.Join(stepStates, ", "))
	return cmd
}
