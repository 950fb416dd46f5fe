package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// arguments takes one argument for each name; those in brackets may be left out.
func arguments(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > len(names) {
			return &usageError{fmt.Sprintf("%s takes %s, and got %q, too", cmd.CommandPath(), strings.Join(names, " "), args[len(names)])}
		}
		if missing := names[len(args):]; len(missing) > 0 && !strings.HasPrefix(missing[0], "[") {
			return &usageError{fmt.Sprintf("%s: %s is missing", cmd.CommandPath(), missing[0])}
		}
		return nil
	}
}

// given refuses a command without one of these flags.
func given(cmd *cobra.Command, flags ...string) error {
	for _, name := range flags {
		if !cmd.Flags().Changed(name) {
			return &usageError{fmt.Sprintf("%s: --%s is missing", cmd.CommandPath(), name)}
		}
	}
	return nil
}

// oneOf refuses values of a flag that are none of those that there are.
func oneOf(flag string, values, there []string) error {
	for _, value := range values {
		if !slices.Contains(there, value) {
			return &usageError{fmt.Sprintf("--%s: %q is none of %s", flag, value, strings.Join(there, ", "))}
		}
	}
	return nil
}

// atLeastOne refuses a value of a flag that would show nothing.
func atLeastOne(flag string, value int) error {
	if value < 1 {
		return &usageError{fmt.Sprintf("--%s: is %d: at least 1", flag, value)}
	}
	return nil
}

// notEmpty refuses flags that are given and empty, such as the variable of a script
// that is not set.
func notEmpty(cmd *cobra.Command, flags ...string) error {
	for _, name := range flags {
		if flag := cmd.Flag(name); flag.Changed && isEmpty(flag.Value) {
			return &usageError{"--" + name + " is empty"}
		}
	}
	return nil
}

func isEmpty(value fmt.Stringer) bool {
	if list, ok := value.(interface{ GetSlice() []string }); ok {
		return len(list.GetSlice()) == 0
	}
	return value.String() == ""
}
