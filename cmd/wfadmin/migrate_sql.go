package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/pgweir/weir/migrations"
)

// withShowSQL gives cmd a flag to print the script instead of running.
func withShowSQL(cmd *cobra.Command, script func() (string, error)) *cobra.Command {
	showSQL := cmd.Flags().Bool("show-sql", false, "print the script for psql instead, without a database")
	runE := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if !*showSQL {
			return runE(cmd, args)
		}
		text, err := script()
		if err != nil {
			return err
		}
		_, err = fmt.Fprint(cmd.OutOrStdout(), text)
		return err
	}
	return cmd
}

func scriptUp() (string, error) { return migrations.SQL(migrations.DirectionUp) }

func scriptDown() (string, error) { return migrations.SQL(migrations.DirectionDown) }
