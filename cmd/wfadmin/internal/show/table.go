// Package table prints rows that were read from a database.
package table

import (
	"io"
	"strconv"
	"strings"
	"unicode"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Write prints a header and rows, a line each. What could move the cursor or start
// another line in a cell is written as a Go escape, such as \n or \x1b: the text
// is whatever somebody stored.
func Write(w io.Writer, header []string, rows [][]string) error {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault // as written, not in capitals
	t.AppendHeader(cells(header))
	for _, row := range rows {
		t.AppendRow(cells(row))
	}
	_, err := io.WriteString(w, t.Render()+"\n")
	return err
}

func cells(values []string) table.Row {
	row := make(table.Row, len(values))
	for i, value := range values {
		row[i] = Escape(value)
	}
	return row
}

// Escape replaces the characters that don't print.
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

func hidden(r rune) bool { return !unicode.IsPrint(r) }
