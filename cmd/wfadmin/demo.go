package main

import (
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/pgweir/weir/cmd/wfadmin/internal/demo"
)

func demoCommand() *cobra.Command {
	var (
		dir    string
		within time.Duration
	)
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run two workflows on three processes, and kill one of them",
		Long: `Books a trip and scans a source tree with three worker processes, kills one of them in
the middle, and compares what comes out with what has to. It exits with 0 only if all
of it holds.

It runs on a private Postgres of its own, or on the database that --database-url or
WEIR_DATABASE_URL names, which is migrated and keeps the two workflows.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := notEmpty(cmd, "dir"); err != nil {
				return err
			}
			url, err := databaseURL(cmd)
			if err != nil {
				return err
			}
			if _, err := poolConfig(cmd); err != nil {
				return err
			}
			binary, err := os.Executable()
			if err != nil {
				return err
			}
			return demo.Run(cmd.Context(), demo.Config{
				URL:    url,
				Dir:    dir,
				Within: within,
				Worker: []string{binary, demoWorkerName},
				Output: cmd.OutOrStdout(),
				Errors: cmd.ErrOrStderr(),
			})
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "folder to scan (default: the source of Go's standard library)")
	cmd.Flags().DurationVar(&within, "within", 2*time.Second, "time in which what was killed has to go on elsewhere")
	return cmd
}
