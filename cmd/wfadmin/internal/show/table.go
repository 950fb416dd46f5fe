package show

import (
	"io"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Table prints a header, unless it is nil, and rows, a line each, with their
// values escaped.
func Table(w io.Writer, header []string, rows [][]string) error {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault // as written, not in capitals
	if header != nil {
		t.AppendHeader(cells(header))
	}
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
