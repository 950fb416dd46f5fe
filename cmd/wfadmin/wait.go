package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/pgweir/weir/cmd/wfadmin/internal/show"
)

// waitOptions are the flags of commands that can wait for an output.
type waitOptions struct {
	wait    bool
	timeout time.Duration
}

func (o *waitOptions) addFlags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&o.wait, "wait", false, "wait for the output, and print it")
	cmd.Flags().DurationVar(&o.timeout, "timeout", 0, "how long to wait, such as 30s (default: until it is there)")
}

func (o *waitOptions) validate(cmd *cobra.Command) error {
	switch {
	case !cmd.Flags().Changed("timeout"):
		return nil
	case !o.wait:
		return &usageError{"--timeout is of no use without --wait"}
	case o.timeout <= 0:
		return &usageError{fmt.Sprintf("--timeout: is %s: more than 0", o.timeout)}
	}
	return nil
}

// await prints the output of a workflow, or of a step of it, if get has it in time.
func (o *waitOptions) await(
	ctx context.Context, cmd *cobra.Command, db database, id string,
	get func(context.Context) (output json.RawMessage, done bool, err error),
) error {
	inTime, cancel := ctx, func() {}
	if o.timeout > 0 {
		inTime, cancel = context.WithTimeout(ctx, o.timeout)
	}
	defer cancel()

	output, done, err := get(inTime)
	switch late := inTime.Err() != nil && ctx.Err() == nil; {
	case late, err == nil && !done:
		return db.unfinished(ctx, id)
	case err != nil:
		return err
	}
	return printOutput(cmd, output)
}

func (db database) unfinished(ctx context.Context, id string) error {
	status, err := db.client.Status(ctx, id)
	if err != nil {
		return err
	}
	return &unfinishedError{id, status}
}

// printOutput prints JSON as it is stored.
func printOutput(cmd *cobra.Command, output json.RawMessage) error {
	_, err := fmt.Fprintln(cmd.OutOrStdout(), show.EscapeJSON(string(output)))
	return err
}
