package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/pgweir/weir/sdk"
)

// workflowFilter is the flags of commands for the workflows that pass them all.
type workflowFilter struct {
	sdk.ListOpts
	status []string

	createdFrom, createdBefore   moment
	finishedFrom, finishedBefore moment
}

func (f *workflowFilter) addFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringSliceVar(&f.status, "status", nil,
		"any of PENDING, RUNNING, RESUMABLE, SUCCESSFUL, FAILED, CANCELED")
	flags.StringVar(&f.Name, "name", "", "the registered name that they were started by")
	flags.String("metadata", "", jsonUsage+": an object that their metadata contains")
	flags.StringVar(&f.IDPrefix, "id-prefix", "", "what their ids begin with")
	flags.Var(&f.createdFrom, "created-from", "created then or later: 2026-01-02T15:04:05Z, or how long ago: 90m, 7d")
	flags.Var(&f.createdBefore, "created-before", "created earlier than that")
	flags.Var(&f.finishedFrom, "finished-from", "ended then or later")
	flags.Var(&f.finishedBefore, "finished-before", "ended earlier than that")
}

// listOpts is what the flags say.
func (f *workflowFilter) listOpts(cmd *cobra.Command) (opts sdk.ListOpts, err error) {
	if err := notEmpty(cmd, "status", "name", "id-prefix"); err != nil {
		return sdk.ListOpts{}, err
	}
	opts = f.ListOpts
	for _, status := range f.status {
		opts.Status = append(opts.Status, sdk.Status(strings.ToUpper(status)))
	}
	opts.CreatedFrom, opts.CreatedBefore = f.createdFrom.Time, f.createdBefore.Time
	opts.FinishedFrom, opts.FinishedBefore = f.finishedFrom.Time, f.finishedBefore.Time
	opts.Metadata, err = readObject(cmd, "metadata")
	return opts, err
}
