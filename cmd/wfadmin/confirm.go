package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func yesFlag(cmd *cobra.Command, yes *bool) {
	cmd.Flags().BoolVar(yes, "yes", false, "do it")
}

// confirm refuses to remove something without --yes, and says where it would.
func confirm(cmd *cobra.Command, what string) error {
	config, err := databaseConfig(cmd)
	if err != nil {
		return err
	}
	return &usageError{fmt.Sprintf("this removes %s from database %q on %s:%d; to do it, add --yes",
		what, config.Database, config.Host, config.Port)}
}
