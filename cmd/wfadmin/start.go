package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/pgweir/weir/cmd/wfadmin/internal/show"
	"github.com/pgweir/weir/sdk"
)

// existing are the values of --on-existing.
var existing = map[string]sdk.OnExisting{
	"resume": sdk.OnExistingResume,
	"attach": sdk.OnExistingAttach,
	"reject": sdk.OnExistingReject,
}

// startOptions are start's flags.
type startOptions struct {
	sdk.StartOpts
	waitOptions
	queue      string
	onExisting string
}

func startCommand() *cobra.Command {
	var options startOptions
	cmd := &cobra.Command{
		Use:   "start NAME",
		Short: "Start a workflow by its registered name",
		Long: `Starts the workflow that a registered name stands for, and prints its id. No worker has
to know the name yet. With --wait it prints the output instead, which is JSON, and exits
with 7 if the workflow failed and with 8 if it was cancelled.`,
		Example: `  wfadmin start plan_trip --input '{"From": "OAK"}' --id trip-1
  wfadmin start plan_trip --input @trip.json --metadata '{"owner": "ann"}' --wait --timeout 1m`,
		Args: arguments("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error { return options.run(cmd, args[0]) },
	}
	flags := cmd.Flags()
	flags.String("input", "null", jsonUsage+": what the workflow gets")
	flags.StringVar(&options.ID, "id", "", "id of the workflow (default: a random one)")
	flags.String("metadata", "", jsonUsage+": an object, stored with the workflow")
	flags.StringVar(&options.onExisting, "on-existing", "resume",
		"if the id is taken: resume what is failed or cancelled; attach; or reject (exit code 6)")
	flags.StringVar(&options.queue, "queue", "default", "queue whose workers make the graph")
	options.addFlags(cmd)
	return cmd
}

func (o *startOptions) run(cmd *cobra.Command, name string) error {
	var known bool
	if o.OnExisting, known = existing[o.onExisting]; !known {
		return &usageError{fmt.Sprintf("--on-existing: is %q: one of resume, attach and reject", o.onExisting)}
	}
	if err := notEmpty(cmd, "id"); err != nil {
		return err
	}
	if err := o.validate(cmd); err != nil {
		return err
	}
	input, err := readJSON(cmd, "input")
	if err != nil {
		return err
	}
	if o.Metadata, err = readObject(cmd, "metadata"); err != nil {
		return err
	}
	return withDatabase(cmd, func(ctx context.Context, db database) error {
		definition := sdk.Definition[json.RawMessage, json.RawMessage]{Name: name, Queue: o.queue}
		handle, err := definition.Start(ctx, db.client, input, o.StartOpts)
		if err != nil {
			return err
		}
		if o.wait {
			return o.await(ctx, cmd, db, handle.ID(), func(ctx context.Context) (json.RawMessage, bool, error) {
				output, err := handle.Wait(ctx)
				return output, true, err
			})
		}
		return printStarted(cmd, handle)
	})
}

func printStarted(cmd *cobra.Command, handle sdk.Handle[json.RawMessage]) error {
	if !handle.Created() {
		cmd.PrintErrln("wfadmin: there was a workflow of this id: its input and metadata stay as they were")
	}
	row := show.Row{
		{Name: "workflow_id", Value: handle.ID()},
		{Name: "created", Value: handle.Created()},
		{Name: "same_graph", Value: handle.SameGraph()},
	}
	return printDone(cmd, row, "%s", handle.ID())
}
