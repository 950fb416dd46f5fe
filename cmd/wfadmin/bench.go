package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pgweir/weir/cmd/wfadmin/internal/bench"
	"github.com/pgweir/weir/internal/devdb"
)

// budgetError says that bench --enforce found a budget that isn't met.
type budgetError struct{}

func (*budgetError) Error() string { return "a budget is not met" }

// benchOptions are bench's flags.
type benchOptions struct {
	bench.Config
	output  string
	enforce bool
}

func benchCommand() *cobra.Command {
	var options benchOptions
	cmd := &cobra.Command{
		Use:   "bench [CASE...]",
		Short: "Measure Weir beside plain River and plain inserts",
		Long: `Measures in one run on one server what Weir and what plain River do, and prints the
ratios beside their budgets. The server is that of --database-url or
WEIR_DATABASE_URL, where bench makes a database of its own and drops it at the end;
without one it starts a private server.

To see where the time goes: --cpuprofile for this process, --functions for the
server. With pg_stat_statements in shared_preload_libraries and
pg_stat_statements.track = all the latter lists the statements in functions, too.

Cases are ` + strings.Join(bench.CaseNames(), ", ") + `.
Those of actors together are actors. Without any, all are run.`,
		Example: "  wfadmin bench actors\n  wfadmin bench chains wal --rounds 5",
		RunE: func(cmd *cobra.Command, cases []string) error {
			options.Cases = cases
			return options.run(cmd)
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&options.Rounds, "rounds", 3, "how often each case is measured; the report has the medians")
	flags.IntVar(&options.Workers, "workers", 2000, "steps, or River's jobs, that may run at the same time")
	flags.IntVar(&options.Connections, "connections", 16, "size of the pool that each side works with")
	flags.IntVar(&options.Sizes.Jobs, "jobs", 50_000, "number of plain River's jobs")
	flags.IntVar(&options.Sizes.Workflows, "workflows", 5_000, "number of chains of 10 steps")
	flags.IntVar(&options.Sizes.Hops, "hops", 1_000, "steps of the idle chain")
	flags.IntVar(&options.Sizes.Width, "width", 10_000, "width of the fan-out")
	flags.IntVar(&options.Sizes.Singles, "singles", 20_000, "number of workflows of one step")
	flags.IntVar(&options.Sizes.Events, "events", 1_000, "number of events sent one after the other")
	flags.IntVar(&options.Sizes.Parked, "parked", 100_000, "number of workflows that wait for an event")
	flags.IntVar(&options.Sizes.Calls, "calls", 20_000, "number of calls of actors")
	flags.IntVar(&options.Sizes.Actors, "actors", 100_000, "number of actors that are each called once")
	flags.IntVar(&options.Sizes.IdleActors, "idle-actors", 1_000_000, "number of actors that nobody calls")
	flags.IntVar(&options.Sizes.Reminders, "reminders", 100_000, "number of reminders that are due at once")
	flags.IntVar(&options.Sizes.Failed, "failed", 10_000, "number of failed workflows to resume")
	flags.IntVar(&options.Sizes.Finished, "finished", 1_000_000, "number of finished workflows to list")
	flags.IntVar(&options.Sizes.IdleSeconds, "idle-seconds", 10, "seconds for which an idle client is watched")
	flags.BoolVar(&options.NoBaseline, "no-baseline", false, "leave out plain River and the ratios to it")
	flags.BoolVar(&options.Functions, "functions", false, "report where the server's time went (slows it down, needs a superuser)")
	flags.StringVar(&options.ProfileDir, "cpuprofile", "", "folder for a CPU profile of each measurement")
	flags.StringVarP(&options.output, "output", "o", "text", "text or json")
	flags.BoolVar(&options.enforce, "enforce", false, "exit with 1 if a budget is not met")
	return cmd
}

func (o *benchOptions) run(cmd *cobra.Command) (err error) {
	if o.output != "text" && o.output != "json" {
		return &usageError{fmt.Sprintf("--output is %q, not text or json", o.output)}
	}
	config := o.WithDefaults()
	config.Progress = cmd.ErrOrStderr()
	if config.URL, err = databaseURL(cmd); err != nil {
		return err
	}
	if err := config.Validate(); err != nil {
		return &usageError{err.Error()}
	}
	if config.URL == "" {
		server, err := benchServer(cmd.Context())
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, server.Stop()) }()
		config.URL = server.URL()
	}

	report, err := bench.Run(cmd.Context(), config)
	if err != nil {
		return err
	}
	if o.output == "json" {
		err = report.WriteJSON(cmd.OutOrStdout())
	} else {
		report.WriteText(cmd.OutOrStdout())
	}
	if err == nil && o.enforce && !report.Met() {
		return &budgetError{}
	}
	return err
}

// benchServer starts a server that is as durable as a real one.
func benchServer(ctx context.Context) (*devdb.DB, error) {
	return devdb.Start(ctx, devdb.Config{Settings: map[string]string{"fsync": "on", "synchronous_commit": "on"}})
}
