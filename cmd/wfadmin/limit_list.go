package main

import (
	"context"

	"github.com/spf13/cobra"
)

var limitsListing = listing{
	columns: []string{"scope", "key", "max_running", "max_pending", "running", "waiting"},
	none:    "There is no limit.",
}

const limitsSQL = `
select scope, key, max_running, max_pending, running, waiting
from weir.limits
order by scope, key`

func limitListCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the limits, and how many workflows run and wait under each",
		Example: "  wfadmin limit list",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withDatabase(cmd, func(ctx context.Context, db database) error {
				return limitsListing.print(cmd, db.query(ctx, limitsSQL))
			})
		},
	}
}
