package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

const rootHelp = `wfadmin prepares databases for Weir, looks at the workflows in them and steers them,
and shows Weir at work.

The database is that of --database-url, else of WEIR_DATABASE_URL, else of libpq's
variables (PGHOST, PGPORT, PGUSER, PGDATABASE, PGSERVICE, ...). It has to be reached
directly, not through a pooler that shares sessions.

Exit codes:
  0    done
  1    failed: also a check with broken invariants, or a demo that doesn't hold
  2    wrong usage or bad input
  3    the server can't be used: unreachable, read-only, or too old
  4    the schema is not what this binary needs: missing, older, newer, interrupted,
       or with objects of others built on it
  5    no such workflow, step or actor
  6    not in this state: it has ended, has not ended, exists, waits behind a full
       limit, got another event with the same dedupe key, or has another version
  7    the workflow, or the step asked for, failed
  8    the workflow was cancelled
  130  interrupted`

func rootCommand() *cobra.Command {
	root := group(&cobra.Command{
		Use:   "wfadmin",
		Short: "Maintain and try Weir, durable workflows on Postgres",
		Long:  rootHelp,

		SilenceErrors: true,
		SilenceUsage:  true,
	})
	root.PersistentFlags().String(databaseFlag, "", "connection string of the database: a URL or key=value pairs")
	addOutputFlag(root)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err.Error()} })
	root.AddCommand(
		migrateCommand(),
		checkCommand(),
		listCommand(),
		getCommand(),
		stepsCommand(),
		whyCommand(),
		resultCommand(),
		startCommand(),
		eventCommand(),
		cancelCommand(),
		resumeCommand(),
		resumeAllCommand(),
		deleteCommand(),
		limitCommand(),
		actorsCommand(),
		devCommand(),
		demoCommand(),
		demoWorkerCommand(),
		benchCommand(),
		versionCommand(),
	)
	return root
}

// group is a command that only holds others.
func group(cmd *cobra.Command) *cobra.Command {
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		text := fmt.Sprintf("unknown command %q for %q", args[0], cmd.CommandPath())
		if like := cmd.SuggestionsFor(args[0]); len(like) > 0 {
			text += ", did you mean " + strings.Join(like, " or ") + "?"
		}
		return &usageError{text}
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	return cmd
}

// noArgs refuses arguments that are no flags.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return &usageError{fmt.Sprintf("%s takes no argument, and got %q", cmd.CommandPath(), args[0])}
	}
	return nil
}
