package show

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEscapeLeavesNothingThatATerminalObeys(t *testing.T) {
	t.Parallel()
	for value, escaped := range map[string]string{
		"":                   "",
		"plain ü 漢 'quoted'": "plain ü 漢 'quoted'",
		"a\nb\tc\rd":         `a\nb\tc\rd`,
		"\x1b[31mred\x07":    `\x1b[31mred\a`,
		"\u009b31m":          `\u009b31m`,
		"abc\u202edef":       `abc\u202edef`,
		"zero\u200bwidth":    `zero\u200bwidth`,
		"nul\x00":            `nul\x00`,
	} {
		require.Equal(t, escaped, Escape(value))
	}
}

func TestEscapeLinesKeepsLines(t *testing.T) {
	t.Parallel()
	require.Equal(t, "one\n    two\\x1b\n", EscapeLines("one\n\ttwo\x1b\n"))
}

func TestTablePrintsARowALine(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	require.NoError(t, Table(&out, []string{"name", "message"}, [][]string{{"a", "one\ntwo"}, {"b", "\x1b[2J"}}))
	require.Equal(t, `
┌──────┬──────────┐
│ name │ message  │
├──────┼──────────┤
│ a    │ one\ntwo │
│ b    │ \x1b[2J  │
└──────┴──────────┘
`, "\n"+out.String())
}

func TestEscapeJSONKeepsTheMeaning(t *testing.T) {
	t.Parallel()
	for text, escaped := range map[string]string{
		"{\n\t\"a\": \"ü 漢 <&>\"\n}": "{\n\t\"a\": \"ü 漢 <&>\"\n}",
		"\"\u009b31m\"":              `"\u009b31m"`,
		"\"\x7f\u202e\"":             `"\u007f\u202e"`,
		"\"\U000e0001\"":             `"\udb40\udc01"`,
	} {
		require.Equal(t, escaped, EscapeJSON(text))
		require.JSONEq(t, text, escaped)
	}
}
