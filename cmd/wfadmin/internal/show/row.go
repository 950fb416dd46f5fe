package show

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// Row is one row: fields in their order. A field's value is nil, a bool, an
// integer, a string, a [time.Time], a [json.RawMessage], a []any of these, or has a
// String method for tables and a MarshalJSON method.
type Row []Field

// Field is a value and the name of its column.
type Field struct {
	Name  string
	Value any
}

// Table prints the row as a table of two columns, a field a line.
func (r Row) Table(w io.Writer) error {
	rows := make([][]string, len(r))
	for i, f := range r {
		rows[i] = []string{f.Name, cell(f.Value)}
	}
	return Table(w, nil, rows)
}

// JSON prints the row as an object, in one line.
func (r Row) JSON(w io.Writer) error {
	line, err := r.object()
	if err != nil {
		return err
	}
	_, err = w.Write(append(line, '\n'))
	return err
}

func (r Row) cells(columns []string) []string {
	cells := make([]string, len(columns))
	for i, column := range columns {
		for _, f := range r {
			if f.Name == column {
				cells[i] = cell(f.Value)
			}
		}
	}
	return cells
}

func cell(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case time.Time:
		return value.UTC().Format(time.RFC3339)
	case json.RawMessage:
		return string(value)
	case []any:
		texts := make([]string, len(value))
		for i, v := range value {
			texts[i] = cell(v)
		}
		return strings.Join(texts, ", ")
	}
	return fmt.Sprint(value)
}

// object is the row as JSON. A map would lose the order of the fields.
func (r Row) object() ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encode := func(value any) error {
		err := encoder.Encode(value)
		b.Truncate(max(0, b.Len()-1)) // the line end that Encode adds
		return err
	}
	b.WriteByte('{')
	for i, f := range r {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := encode(f.Name); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		if at, ok := f.Value.(time.Time); ok {
			f.Value = at.UTC()
		}
		if err := encode(f.Value); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return []byte(EscapeJSON(b.String())), nil
}
