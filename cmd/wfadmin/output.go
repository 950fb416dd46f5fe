package main

import (
	"errors"
	"fmt"
	"iter"

	"github.com/spf13/cobra"

	"github.com/pgweir/weir/cmd/wfadmin/internal/show"
)

const outputFlag = "output"

// outputFormat is the value of --output.
type outputFormat string

const (
	outputTable outputFormat = "table"
	outputJSON  outputFormat = "json"
)

func (f *outputFormat) String() string { return string(*f) }
func (f *outputFormat) Type() string   { return "format" }

func (f *outputFormat) Set(text string) error {
	if format := outputFormat(text); format == outputTable || format == outputJSON {
		*f = format
		return nil
	}
	return errors.New("not table or json")
}

func addOutputFlag(root *cobra.Command) {
	format := outputTable
	root.PersistentFlags().VarP(&format, outputFlag, "o", "table or json: how rows are printed")
}

func wantsJSON(cmd *cobra.Command) bool {
	return cmd.Flag(outputFlag).Value.String() == string(outputJSON)
}

// listing says how rows are shown as a table.
type listing struct {
	columns []string // of all that the JSON has
	none    string   // is said if there is no row
}

func (l listing) print(cmd *cobra.Command, rows iter.Seq2[show.Row, error]) error {
	if wantsJSON(cmd) {
		return show.RowsJSON(cmd.OutOrStdout(), rows)
	}
	return show.Rows(cmd.OutOrStdout(), l.columns, l.none, rows)
}

// printRow prints the one row that there is.
func printRow(cmd *cobra.Command, row show.Row) error {
	if wantsJSON(cmd) {
		return row.JSON(cmd.OutOrStdout())
	}
	return row.Table(cmd.OutOrStdout())
}

// printDone says what was done: in a sentence or, as JSON, in a row.
func printDone(cmd *cobra.Command, row show.Row, format string, args ...any) error {
	if wantsJSON(cmd) {
		return row.JSON(cmd.OutOrStdout())
	}
	_, err := fmt.Fprintln(cmd.OutOrStdout(), show.Escape(fmt.Sprintf(format, args...)))
	return err
}

// rowsOf are rows that are there already.
func rowsOf[T any](items []T, row func(T) show.Row) iter.Seq2[show.Row, error] {
	return func(yield func(show.Row, error) bool) {
		for _, item := range items {
			if !yield(row(item), nil) {
				return
			}
		}
	}
}

// orNil is a value that is absent where it is zero.
func orNil[T comparable](value T) any {
	var zero T
	if value == zero {
		return nil
	}
	return value
}
