package main

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pgweir/weir/sdk"
)

// flagOf are the flags that are called otherwise than the fields they set.
var flagOf = map[string]string{
	"args":      "input",
	"page_size": "limit",
}

// inputWords says of bad input which flag or argument it came by.
func inputWords(cmd *cobra.Command, err error) error {
	input, ok := errors.AsType[*sdk.InputError](err)
	if !ok {
		return err
	}
	field := strings.TrimPrefix(input.Field, "steps[0].") // the step of a start by name
	name := field[:strings.IndexAny(field+".", ".[")]
	if flag, other := flagOf[name]; other {
		name = flag
	}
	name = strings.ReplaceAll(name, "_", "-")
	if cmd.Flags().Lookup(name) != nil {
		return &usageError{"--" + name + ": " + input.Reason}
	}
	return &usageError{strings.ToUpper(name) + ": " + input.Reason}
}
