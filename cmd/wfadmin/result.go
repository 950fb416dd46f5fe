package main

import (
	"context"
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/pgweir/weir/sdk"
)

// resultOptions are result's flags.
type resultOptions struct {
	waitOptions
	step string
}

func resultCommand() *cobra.Command {
	var options resultOptions
	cmd := &cobra.Command{
		Use:   "result ID",
		Short: "Print the output of a workflow, or of one of its steps",
		Long: `Prints an output as it is stored: JSON. Exits with 6 if there is none yet, with 7 if the
workflow, or the step, failed, and with 8 if the workflow was cancelled.

The output of a step that returned more graph is that of the graph. With --wait, the step
need not be there yet: another one may bring it.`,
		Example: `  wfadmin result trip-1
  wfadmin result trip-1 --step book_hotel --wait --timeout 1m`,
		Args: arguments("ID"),
		RunE: func(cmd *cobra.Command, args []string) error { return options.run(cmd, args[0]) },
	}
	cmd.Flags().StringVar(&options.step, "step", "", "name of the step")
	options.addFlags(cmd)
	return cmd
}

func (o *resultOptions) run(cmd *cobra.Command, id string) error {
	if err := notEmpty(cmd, "step"); err != nil {
		return err
	}
	if err := o.validate(cmd); err != nil {
		return err
	}
	return withDatabase(cmd, func(ctx context.Context, db database) error {
		return o.await(ctx, cmd, db, id, func(ctx context.Context) (json.RawMessage, bool, error) {
			return o.output(ctx, db.client, id)
		})
	})
}

func (o *resultOptions) output(ctx context.Context, client *sdk.Client, id string) (output json.RawMessage, done bool, err error) {
	switch {
	case o.step == "" && o.wait:
		output, err = sdk.Output[json.RawMessage](ctx, client, id)
		return output, true, err
	case o.step == "":
		return sdk.OutputNow[json.RawMessage](ctx, client, id)
	case o.wait:
		output, err = sdk.StepOutput[json.RawMessage](ctx, client, id, o.step)
		return output, true, err
	}
	return sdk.StepOutputNow[json.RawMessage](ctx, client, id, o.step)
}
