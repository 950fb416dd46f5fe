// Package show prints text that somebody else wrote: rows of a database, names of
// files, messages of errors.
package show

import (
	"strconv"
	"strings"
	"unicode"
)

// Escape returns value without what could move a terminal's cursor or start
// another line: a character that doesn't print becomes a Go escape, such as \n or
// \x1b.
func Escape(value string) string {
	if !strings.ContainsFunc(value, hidden) {
		return value
	}
	var b strings.Builder
	for _, r := range value {
		if hidden(r) {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// EscapeLines is Escape for text of several lines, in which tabs become spaces.
func EscapeLines(text string) string {
	lines := strings.Split(strings.ReplaceAll(text, "\t", "    "), "\n")
	for i, line := range lines {
		lines[i] = Escape(line)
	}
	return strings.Join(lines, "\n")
}

func hidden(r rune) bool { return !unicode.IsPrint(r) }
