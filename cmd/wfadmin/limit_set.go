package main

import (
	"github.com/spf13/cobra"

	"github.com/pgweir/weir/sdk"
)

func limitSetCommand() *cobra.Command {
	var limit sdk.Limit
	var maxPending int
	cmd := &cobra.Command{
		Use:     "set",
		Short:   "Set or change the limit of a name or of a queue",
		Long:    "Sets or changes a limit. What runs already counts, and is not stopped.",
		Example: "  wfadmin limit set --name trip --max-running 20\n  wfadmin limit set --queue gpu --max-running 4 --max-pending 100",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := given(cmd, "max-running"); err != nil {
				return err
			}
			var pending any
			if cmd.Flags().Changed("max-pending") {
				limit.MaxPending, pending = &maxPending, maxPending
			}
			return changeLimit(cmd, limit, (*sdk.Client).SetLimit, func(scope, key string) error {
				row := limitRow(scope, key, limit.MaxRunning, pending)
				return printDone(cmd, row, "The %s %s has a limit of %d.", scope, key, limit.MaxRunning)
			})
		},
	}
	limitFlags(cmd, &limit)
	cmd.Flags().IntVar(&limit.MaxRunning, "max-running", 0, "how many may run at once, 1 or more")
	cmd.Flags().IntVar(&maxPending, "max-pending", 0, "how many may wait before a start is refused (default: any number)")
	return cmd
}

func limitLiftCommand() *cobra.Command {
	var limit sdk.Limit
	cmd := &cobra.Command{
		Use:     "lift",
		Short:   "Remove the limit of a name or of a queue",
		Long:    "Removes a limit: what waits behind it runs. Lifting what isn't there is fine.",
		Example: "  wfadmin limit lift --queue gpu",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return changeLimit(cmd, limit, (*sdk.Client).LiftLimit, func(scope, key string) error {
				return printDone(cmd, limitRow(scope, key, nil, nil), "The %s %s has no limit.", scope, key)
			})
		},
	}
	limitFlags(cmd, &limit)
	return cmd
}
