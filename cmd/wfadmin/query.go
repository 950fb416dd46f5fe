package main

import (
	"context"
	"encoding/json"
	"iter"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/pgweir/weir/cmd/wfadmin/internal/show"
	"github.com/pgweir/weir/sdk"
)

// query returns the rows of a statement, as they come.
func (db database) query(ctx context.Context, sql string, args ...any) iter.Seq2[show.Row, error] {
	return func(yield func(show.Row, error) bool) {
		rows, _ := db.pool.Query(ctx, sql, args...)
		defer rows.Close()
		for rows.Next() {
			if row, err := rowOf(rows); !yield(row, err) || err != nil {
				return
			}
		}
		if rows.Err() != nil {
			yield(nil, rows.Err())
		}
	}
}

// rowOf reads a row, and its JSON as it is: a float64 would change numbers.
func rowOf(rows pgx.Rows) (show.Row, error) {
	columns := rows.FieldDescriptions()
	row := make(show.Row, len(columns))
	texts := make([]json.RawMessage, len(columns))
	targets := make([]any, len(columns))
	for i, column := range columns {
		row[i].Name = column.Name
		targets[i] = &row[i].Value
		if column.DataTypeOID == pgtype.JSONBOID {
			targets[i] = &texts[i]
		}
	}
	if err := rows.Scan(targets...); err != nil {
		return nil, err
	}
	for i, text := range texts {
		switch {
		case text == nil:
		case row[i].Name == "error":
			var failure stepFailure
			if err := json.Unmarshal(text, &failure); err != nil {
				return nil, err
			}
			row[i].Value = &failure
		default:
			row[i].Value = text
		}
	}
	return row, nil
}

// stepFailure is a stored error of a step. It is brief in a table.
type stepFailure sdk.StepError

func (f *stepFailure) String() string { return f.Type + ": " + f.Message }
