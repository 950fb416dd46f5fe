package show

import (
	"fmt"
	"io"
	"iter"
)

// Rows prints the named columns of rows as a table, or none if there is no row.
func Rows(w io.Writer, columns []string, none string, rows iter.Seq2[Row, error]) error {
	var cells [][]string
	for row, err := range rows {
		if err != nil {
			return err
		}
		cells = append(cells, row.cells(columns))
	}
	if len(cells) == 0 {
		_, err := fmt.Fprintln(w, none)
		return err
	}
	return Table(w, columns, cells)
}

// RowsJSON prints rows as an array of objects, one a line, as they come. After an
// error the array isn't closed.
func RowsJSON(w io.Writer, rows iter.Seq2[Row, error]) error {
	separator := "[\n"
	for row, err := range rows {
		if err != nil {
			return err
		}
		line, err := row.object()
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, separator+string(line)); err != nil {
			return err
		}
		separator = ",\n"
	}
	end := "\n]\n"
	if separator == "[\n" {
		end = "[]\n"
	}
	_, err := io.WriteString(w, end)
	return err
}
