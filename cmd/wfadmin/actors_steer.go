package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/pgweir/weir/cmd/wfadmin/internal/show"
)

func actorsCallCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "call TYPE ID METHOD",
		Short: "Call a method of an actor",
		Long: `Calls a method that writes. Once this returns the call is stored and has its number; it is
run in its turn, and "actors calls" tells how it ended.`,
		Example: `  wfadmin actors call Account ann deposit --args 5
  wfadmin actors call Order 17 ship --args @address.json`,
		Args: arguments("TYPE", "ID", "METHOD"),
		RunE: func(cmd *cobra.Command, args []string) error {
			arg, err := readJSON(cmd, "args")
			if err != nil {
				return err
			}
			return withDatabase(cmd, func(ctx context.Context, db database) error {
				actor, err := findActor(ctx, db, args)
				if err != nil {
					return err
				}
				call, err := anyMethod{Actor: args[0], Name: args[2]}.Start(ctx, actor, arg)
				if err != nil {
					return err
				}
				row := actorRow(args, show.Row{{Name: "seq", Value: call.Seq()}})
				return printDone(cmd, row, "%s has accepted call %d.", actorName(args), call.Seq())
			})
		},
	}
	cmd.Flags().String("args", "null", jsonUsage+": the method's argument")
	return cmd
}

func actorsResumeCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "resume TYPE ID",
		Short: "Have an actor go on that a call blocks",
		Long: `Has the call that blocks an actor run again, with fresh retries, and then those behind it.
Other actors are left as they are.`,
		Example: "  wfadmin actors resume Account ann",
		Args:    arguments("TYPE", "ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withDatabase(cmd, func(ctx context.Context, db database) error {
				if err := (anyActor{Type: args[0]}).Resume(ctx, db.client, args[1]); err != nil {
					return err
				}
				return printDone(cmd, actorRow(args, show.Row{{Name: "resumed", Value: true}}), "%s goes on.", actorName(args))
			})
		},
	}
}

func actorsSetStateCommand() *cobra.Command {
	var (
		version int64
		reason  string
	)
	cmd := &cobra.Command{
		Use:   "set-state TYPE ID",
		Short: "Replace the state of an actor",
		Long: `Replaces the state of an actor that still has the version which "actors get" showed; else
nothing is changed (exit code 6). A call that runs just now runs again, on the new state.
Who did it, and why, is in the view weir.audit.`,
		Example: `  wfadmin actors set-state Account ann --state '{"Balance": 10}' --version 7 --reason 'ticket 99'`,
		Args:    arguments("TYPE", "ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := given(cmd, "state", "version", "reason"); err != nil {
				return err
			}
			state, err := readJSON(cmd, "state")
			if err != nil {
				return err
			}
			return withDatabase(cmd, func(ctx context.Context, db database) error {
				version, err := anyActor{Type: args[0]}.SetState(ctx, db.client, args[1], state, version, reason)
				if err != nil {
					return err
				}
				row := actorRow(args, show.Row{{Name: "version", Value: version}})
				return printDone(cmd, row, "%s has version %d.", actorName(args), version)
			})
		},
	}
	cmd.Flags().String("state", "", jsonUsage+": the new state")
	cmd.Flags().Int64Var(&version, "version", 0, "version that the state has now")
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the audit")
	return cmd
}

func actorsDeleteCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "delete TYPE ID",
		Short: "Remove an actor",
		Long: `Removes everything of an actor: its state, its calls, those that wait included, and its
reminders. There is no way back. Its id is free again.`,
		Example: "  wfadmin actors delete Account ann --yes",
		Args:    arguments("TYPE", "ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !yes {
				return confirm(cmd, "actor "+actorName(args))
			}
			return withDatabase(cmd, func(ctx context.Context, db database) error {
				if err := (anyActor{Type: args[0]}).Delete(ctx, db.client, args[1]); err != nil {
					return err
				}
				return printDone(cmd, actorRow(args, show.Row{{Name: "deleted", Value: true}}), "%s is deleted.", actorName(args))
			})
		},
	}
	yesFlag(cmd, &yes)
	return cmd
}
