package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
)

var (
	linePattern = regexp.MustCompile(`(?m)^(?:  )?wfadmin (.*)$`)
	wordPattern = regexp.MustCompile(`'[^']*'|"[^"]*"|\S+`)
)

// requireCommandLines fails unless every line of text that begins with wfadmin is
// one that wfadmin takes.
func requireCommandLines(t *testing.T, text string) (lines int) {
	t.Helper()
	for _, line := range linePattern.FindAllStringSubmatch(text, -1) {
		lines++
		var words []string
		for _, word := range wordPattern.FindAllString(line[1], -1) {
			if word == "#" || word == "|" || word == ">" {
				break
			}
			words = append(words, strings.Trim(word, `'"`))
		}
		cmd, rest, err := rootCommand().Find(words)
		require.NoError(t, err, line[0])
		require.True(t, cmd.Name() == "help" || cmd.Runnable() && !cmd.HasSubCommands(), line[0])
		require.NoError(t, cmd.ParseFlags(rest), line[0])
		require.NoError(t, cmd.ValidateArgs(cmd.Flags().Args()), line[0])
	}
	return lines
}

func TestVerbsHaveAnExample(t *testing.T) {
	t.Parallel()
	verbs := 0
	var visit func(cmd *cobra.Command)
	visit = func(cmd *cobra.Command) {
		for _, sub := range cmd.Commands() {
			visit(sub)
		}
		if cmd.Example != "" {
			verbs++
			require.Positive(t, requireCommandLines(t, cmd.Example))
			require.Contains(t, cmd.Example, cmd.CommandPath())
		}
	}
	visit(rootCommand())
	require.GreaterOrEqual(t, verbs, 14)
}

func TestTheManualsCommandLinesAreTaken(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/operations.md")
	require.NoError(t, err)
	require.GreaterOrEqual(t, requireCommandLines(t, string(page)), 18)
}
