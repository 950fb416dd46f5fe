package main

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/pgweir/weir/cmd/wfadmin/internal/show"
	"github.com/pgweir/weir/migrations"
)

func migrateStatusCommand() *cobra.Command {
	return withShowSQL(&cobra.Command{
		Use:   "status",
		Short: "Compare the database with this binary",
		Long:  `Prints what the database has and what this binary needs, and changes nothing.`,
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, err := databaseConfig(cmd)
			if err != nil {
				return err
			}
			state, err := migrations.Status(cmd.Context(), config)
			if err != nil {
				return err
			}
			if err := show.Table(cmd.OutOrStdout(), []string{"", "database", "this binary"}, statusRows(state)); err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), statusAdvice(state))
			return err
		},
	}, migrations.StatusSQL)
}

func statusRows(state migrations.State) [][]string {
	server := state.Server
	if state.ReadOnly {
		server += ", read-only"
	}
	return [][]string{
		{"server", server, "14 or later"},
		{"tables", version(state.Version), version(state.Latest)},
		{"River's tables", version(state.River), version(state.RiverPinned)},
		{"functions and views", objects(state), ""},
	}
}

func version(number int) string {
	if number == 0 {
		return "none"
	}
	return "version " + strconv.Itoa(number)
}

func objects(state migrations.State) string {
	switch {
	case state.ObjectsCurrent:
		return "those of this binary"
	case state.Version == 0:
		return "none"
	}
	return "others"
}

func statusAdvice(state migrations.State) string {
	switch {
	case state.Version > state.Latest || state.River > state.RiverPinned:
		return "The database is newer than this binary: use a newer one."
	case state.Dirty:
		return (&migrations.DirtyError{Version: state.Version}).Error()
	case state.Version < state.Latest || state.River < state.RiverPinned || !state.ObjectsCurrent:
		return "Run: wfadmin migrate up"
	}
	return "The database is up to date."
}
