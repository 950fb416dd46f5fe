package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"
)

var actorStatuses = []string{"CREATING", "READY", "CONTINUING", "FAILED", "BLOCKED"}

var actorsListing = listing{
	columns: []string{"type", "actor_id", "status", "version", "waiting", "blocked", "updated_at", "error"},
	none:    "There is no such actor.",
}

const actorsSQL = `
select type, actor_id, status, version, waiting, worker, blocked, queue, state, metadata, error, created_at, updated_at
from weir.actors
where (type = $1 or $1 = '')
  and (status = any ($2) or $2 is null)
  and ((type collate "C", actor_id collate "C") > ($1, $3) or $3 = '')
order by type collate "C", actor_id collate "C"
limit $4`

// actorsListOptions are list's flags.
type actorsListOptions struct {
	typ, after string
	statuses   []string
	limit      int
}

func actorsListCommand() *cobra.Command {
	var options actorsListOptions
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List actors by type and id",
		Long: `Lists rows of the view weir.actors that pass every filter given. --after takes the last id
of the page before, and goes with --type. The JSON has the states too.`,
		Example: `  wfadmin actors list --type Account --status BLOCKED,FAILED
  wfadmin actors list --type Account --after ann -o json | jq '.[].state'`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return options.run(cmd) },
	}
	flags := cmd.Flags()
	flags.StringVar(&options.typ, "type", "", "only this type")
	flags.StringSliceVar(&options.statuses, "status", nil, "only these: "+strings.Join(actorStatuses, ", "))
	flags.StringVar(&options.after, "after", "", "only ids after this one")
	flags.IntVar(&options.limit, "limit", 100, "rows at most")
	return cmd
}

func (o *actorsListOptions) run(cmd *cobra.Command) error {
	if err := notEmpty(cmd, "type", "status", "after"); err != nil {
		return err
	}
	if err := oneOf("status", o.statuses, actorStatuses); err != nil {
		return err
	}
	if o.after != "" && o.typ == "" {
		return &usageError{"--after goes with --type"}
	}
	if err := atLeastOne("limit", o.limit); err != nil {
		return err
	}
	return withDatabase(cmd, func(ctx context.Context, db database) error {
		return actorsListing.print(cmd, db.query(ctx, actorsSQL, o.typ, o.statuses, o.after, o.limit))
	})
}
