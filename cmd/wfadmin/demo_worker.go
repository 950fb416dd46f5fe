package main

import (
	"log/slog"
	"os"
	"os/signal"

	"github.com/spf13/cobra"

	"github.com/pgweir/weir/cmd/wfadmin/internal/demo"
)

const demoWorkerName = "demo-worker"

func demoWorkerCommand() *cobra.Command {
	return &cobra.Command{
		Use:    demoWorkerName,
		Short:  "Run the steps of the demo until standard input ends",
		Args:   noArgs,
		Hidden: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			// A Ctrl-C at the terminal is for the demo, which then ends its workers.
			signal.Ignore(os.Interrupt)

			pool, err := openPool(cmd.Context(), cmd)
			if err != nil {
				return err
			}
			defer pool.Close()
			logger := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: slog.LevelError}))
			return demo.Work(cmd.Context(), pool, cmd.InOrStdin(), logger)
		},
	}
}
