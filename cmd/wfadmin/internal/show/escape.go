// Package show prints text that somebody else wrote: rows of a database, names of
// files, messages of errors.
package show

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
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

// EscapeJSON returns a JSON text without what a terminal obeys, and of the same
// meaning.
func EscapeJSON(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r < ' ' || !hidden(r) {
			b.WriteRune(r) // below ' ' there are only ends of lines and tabs between values
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String()
}

func hidden(r rune) bool { return !unicode.IsPrint(r) }
