package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/pgweir/weir/cmd/wfadmin/internal/show"
	"github.com/pgweir/weir/sdk"
)

func eventCommand() *cobra.Command {
	var options sdk.SendEventOpts
	cmd := &cobra.Command{
		Use:   "event ID KEY",
		Short: "Send an event to a workflow",
		Long: `Sends an event to a workflow that hasn't ended. It is kept until a step waits for its key,
and given to one step, once. With --dedupe, sending it again is harmless; another
payload for the same is refused (exit code 6).`,
		Example: `  wfadmin event order-7 paid --payload '{"amount": 12}' --dedupe invoice-99
  wfadmin event order-7 scan --payload @scan.json`,
		Args: arguments("ID", "KEY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := notEmpty(cmd, "dedupe"); err != nil {
				return err
			}
			payload, err := readJSON(cmd, "payload")
			if err != nil {
				return err
			}
			return withDatabase(cmd, func(ctx context.Context, db database) error {
				accepted, err := db.client.SendEvent(ctx, args[0], args[1], payload, options)
				if err != nil {
					return err
				}
				return printSent(cmd, args[0], args[1], accepted)
			})
		},
	}
	cmd.Flags().String("payload", "null", jsonUsage+": what the step gets")
	cmd.Flags().StringVar(&options.Dedupe, "dedupe", "", "what makes sending it again harmless")
	return cmd
}

func printSent(cmd *cobra.Command, id, key string, accepted bool) error {
	row := show.Row{
		{Name: "workflow_id", Value: id},
		{Name: "key", Value: key},
		{Name: "accepted", Value: accepted},
	}
	if !accepted {
		return printDone(cmd, row, "%s had accepted this event %s before.", id, key)
	}
	return printDone(cmd, row, "%s has accepted the event %s.", id, key)
}
