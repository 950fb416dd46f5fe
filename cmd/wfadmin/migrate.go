package main

import (
	"github.com/spf13/cobra"

	"github.com/pgweir/weir/migrations"
)

func migrateCommand() *cobra.Command {
	cmd := group(&cobra.Command{
		Use:   "migrate",
		Short: "Create, upgrade, check or remove what Weir keeps in a database",
	})
	cmd.AddCommand(migrateUpCommand(), migrateDownCommand(), migrateStatusCommand(), migrateVerifyCommand())
	return cmd
}

func migrateUpCommand() *cobra.Command {
	return withShowSQL(&cobra.Command{
		Use:   "up",
		Short: "Bring the database to what this binary needs",
		Long: `Creates or upgrades the schemas weir and weir_internal. Where they are up to date it
changes nothing. Any number of processes may do it at once, beside running workers.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return migrate(cmd, migrateUp)
		},
	}, scriptUp)
}

func migrateDownCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "down",
		Short: "Remove Weir and all its data from the database",
		Long: `Drops the schemas weir and weir_internal with all workflows. There is no way back.
Roles stay, since other databases of the server may use them.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !yes {
				return confirm(cmd, "all workflows")
			}
			return migrate(cmd, migrateDown)
		},
	}
	yesFlag(cmd, &yes)
	return withShowSQL(cmd, scriptDown)
}

func migrateVerifyCommand() *cobra.Command {
	return withShowSQL(&cobra.Command{
		Use:   "verify",
		Short: "Exit with 0 only if the database is exactly what this binary needs",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return migrate(cmd, migrateVerify)
		},
	}, migrations.StatusSQL)
}
