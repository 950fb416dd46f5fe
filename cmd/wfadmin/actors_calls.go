package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"
)

var callStatuses = []string{"QUEUED", "CONTINUED", "SUCCESSFUL", "FAILED"}

var callsListing = listing{
	columns: []string{"seq", "method", "name", "status", "attempt", "accepted_at", "finished_at", "tick", "error"},
	none:    "There is no such call.",
}

const callsSQL = `
select
  seq, method, name, status, attempt, lost, args, result, error, metadata, tick, continues_as, accepted_at, started_at,
  finished_at
from weir.actor_calls
where type = $1
  and actor_id = $2
  and (status = any ($3) or $3 is null)
  and (seq < $4 or $4 = 0)
order by seq desc
limit $5`

func actorsCallsCommand() *cobra.Command {
	var (
		statuses []string
		before   int64
		limit    int
	)
	cmd := &cobra.Command{
		Use:   "calls TYPE ID",
		Short: "List the calls of an actor, the newest first",
		Long: `Lists rows of the view weir.actor_calls. Calls are run in the order of their numbers; the
one without a method is the constructor's. The JSON has arguments and results too.`,
		Example: `  wfadmin actors calls Account ann --status QUEUED
  wfadmin actors calls Account ann --before 900 -o json | jq '.[] | .method, .result'`,
		Args: arguments("TYPE", "ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := notEmpty(cmd, "status"); err != nil {
				return err
			}
			if err := oneOf("status", statuses, callStatuses); err != nil {
				return err
			}
			if err := atLeastOne("limit", limit); err != nil {
				return err
			}
			return withDatabase(cmd, func(ctx context.Context, db database) error {
				if _, err := findActor(ctx, db, args); err != nil {
					return err
				}
				return callsListing.print(cmd, db.query(ctx, callsSQL, args[0], args[1], statuses, before, limit))
			})
		},
	}
	cmd.Flags().StringSliceVar(&statuses, "status", nil, "only these: "+strings.Join(callStatuses, ", "))
	cmd.Flags().Int64Var(&before, "before", 0, "only calls before this number")
	cmd.Flags().IntVar(&limit, "limit", 100, "rows at most")
	return cmd
}
