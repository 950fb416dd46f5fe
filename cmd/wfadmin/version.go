package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/pgweir/weir/migrations"
)

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print what this binary was built from",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "wfadmin %s\n%s %s/%s, River's tables version %d\n",
				buildVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH, migrations.RiverVersion)
			return err
		},
	}
}

// buildVersion is the module's version and the commit, as far as the build knew
// them.
func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(unknown)"
	}
	settings := make(map[string]string, len(info.Settings))
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	text := info.Main.Version
	if revision := settings["vcs.revision"]; revision != "" {
		text += ", commit " + revision
	}
	if settings["vcs.modified"] == "true" {
		text += ", modified"
	}
	return text
}
