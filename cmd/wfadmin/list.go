package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/pgweir/weir/sdk"
)

// listOptions are list's flags.
type listOptions struct {
	workflowFilter
	all bool
}

var workflowsListing = listing{
	columns: []string{"workflow_id", "name", "status", "steps", "created_at", "finished_at", "failed_step", "error"},
	none:    "There is no such workflow.",
}

func listCommand() *cobra.Command {
	var options listOptions
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List workflows, the newest first",
		Long: `Lists the workflows that pass every filter given, the newest first, a page at a time. With
the page comes the cursor that --after takes for the next one; in JSON the last row has
it, unless that is the last of all.`,
		Example: `  wfadmin list --status FAILED,RESUMABLE --created-from 24h
  wfadmin list --name plan_trip --metadata '{"owner": "ann"}' --all -o json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return options.run(cmd) },
	}
	options.addFlags(cmd)
	flags := cmd.Flags()
	flags.StringVar(&options.After, "after", "", "cursor of the page before")
	flags.IntVar(&options.PageSize, "limit", 100, "rows of a page, at most 1000")
	flags.BoolVar(&options.all, "all", false, "all pages")
	return cmd
}

func (o *listOptions) run(cmd *cobra.Command) error {
	if err := notEmpty(cmd, "after"); err != nil {
		return err
	}
	switch {
	case o.all && cmd.Flags().Changed("limit"):
		return &usageError{"--all goes without --limit"}
	case o.PageSize == 0:
		return &usageError{"--limit: is 0: at least 1"}
	}
	opts, err := o.listOpts(cmd)
	if err != nil {
		return err
	}
	return withDatabase(cmd, func(ctx context.Context, db database) error {
		if o.all {
			opts.PageSize = maxPageSize
			return workflowsListing.print(cmd, allRows(db.client.List(ctx, opts)))
		}
		page, err := db.client.ListPage(ctx, opts)
		if err != nil {
			return err
		}
		return printPage(cmd, page)
	})
}

// maxPageSize is the largest that the database takes.
const maxPageSize = 1000

func printPage(cmd *cobra.Command, page sdk.ListPage) error {
	err := workflowsListing.print(cmd, pageRows(page))
	if err == nil && page.Next != "" && !wantsJSON(cmd) {
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "The next page: --after %s\n", page.Next)
	}
	return err
}
