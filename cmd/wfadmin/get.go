package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/pgweir/weir/sdk"
)

const getSQL = `
select
  w.workflow_id,
  w.name,
  w.status,
  w.metadata,
  w.steps,
  (
    select jsonb_object_agg(s.state, s.steps)
    from (
      select s.state, count(*) as steps
      from weir.steps as s
      where s.workflow_id = w.workflow_id
      group by s.state
    ) as s
  ) as steps_by_state,
  w.created_at,
  w.started_at,
  w.finished_at,
  w.failed_step,
  w.error,
  w.cancel_reason
from weir.workflows as w
where w.workflow_id = $1`

func getCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "get ID",
		Short: "Show one workflow",
		Long: `Shows a row of the view weir.workflows: its status, metadata, times, the error of the
step that failed it, the reason of its cancellation; and how many steps are in which
state.`,
		Example: "  wfadmin get trip-1\n  wfadmin get trip-1 -o json | jq .steps_by_state",
		Args:    arguments("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withDatabase(cmd, func(ctx context.Context, db database) error {
				for row, err := range db.query(ctx, getSQL, args[0]) {
					if err != nil {
						return err
					}
					return printRow(cmd, row)
				}
				return fmt.Errorf("%w: %q", sdk.ErrNotFound, args[0])
			})
		},
	}
}
