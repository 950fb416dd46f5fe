package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"math"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// WriteJSON writes the report as one JSON document.
func (r *Report) WriteJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}

// WriteText writes the report for people.
func (r *Report) WriteText(w io.Writer) {
	s := r.Setting
	fmt.Fprintf(w, "%s, %s, %d cores, %s\n", s.Date.Format("2006-01-02 15:04 MST"), s.Platform, s.Cores, s.Go)
	fmt.Fprintf(w, "PostgreSQL %s, fsync %s, synchronous_commit %s, full_page_writes %s, shared_buffers %s\n",
		s.Server, s.Fsync, s.SynchronousCommit, s.FullPageWrites, s.SharedBuffers)
	fmt.Fprintf(w, "%d workers and a pool of %d connections on both sides, median of %d rounds\n\n", s.Workers, s.Connections, s.Rounds)

	t := newTable(w, "case", "figure", "value", "unit", "ratio", "to", "budget", "met")
	t.SetColumnConfigs([]table.ColumnConfig{right("value"), right("ratio")})
	for _, f := range r.Figures {
		ratio := ""
		if len(f.Ratios) > 0 {
			ratio = fmt.Sprintf("%.2f", f.Ratio)
		}
		t.AppendRow(table.Row{f.Case, f.Name, amount(f.Value), f.Unit, ratio, f.RatioTo, f.Budget.String(), verdict(f.Met)})
	}
	t.Render()

	for i := range r.Costs {
		r.Costs[i].writeText(w)
	}
}

func (c *Cost) writeText(w io.Writer) {
	fmt.Fprintf(w, "\n%s\n", c.Of)
	functions := newTable(w, "function", "calls", "total ms", "self ms", "us/call")
	functions.SetColumnConfigs([]table.ColumnConfig{right("calls"), right("total ms"), right("self ms"), right("us/call")})
	for _, f := range c.Functions {
		functions.AppendRow(table.Row{f.Name, f.Calls, amount(f.Total), amount(f.Self), amount(f.Total * 1000 / float64(f.Calls))})
	}
	functions.Render()

	tables := newTable(w, "table", "inserted", "updated", "hot", "deleted")
	for _, t := range c.Tables {
		hot := ""
		if t.Updated > 0 {
			hot = fmt.Sprintf("%.1f %%", 100*float64(t.Hot)/float64(t.Updated))
		}
		tables.AppendRow(table.Row{t.Name, t.Inserted, t.Updated, hot, t.Deleted})
	}
	tables.SetColumnConfigs([]table.ColumnConfig{right("hot")})
	tables.Render()

	if len(c.Statements) == 0 {
		return
	}
	statements := newTable(w, "statement", "calls", "total ms", "us/call", "rows", "wal bytes")
	statements.SetColumnConfigs([]table.ColumnConfig{
		{Name: "statement", WidthMax: 110, WidthMaxEnforcer: text.Trim},
		right("total ms"), right("us/call"), right("wal bytes"),
	})
	for _, s := range c.Statements {
		statements.AppendRow(table.Row{s.Query, s.Calls, amount(s.Total), amount(s.Total * 1000 / float64(s.Calls)), s.Rows, amount(s.WAL)})
	}
	statements.Render()
}

func newTable(w io.Writer, header ...any) table.Writer {
	t := table.NewWriter()
	t.SetOutputMirror(w)
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	t.AppendHeader(header)
	return t
}

func right(column string) table.ColumnConfig {
	return table.ColumnConfig{Name: column, Align: text.AlignRight, AlignHeader: text.AlignRight}
}

// amount has the digits that matter.
func amount(v float64) string {
	switch {
	case math.Abs(v) >= 100:
		return fmt.Sprintf("%.0f", v)
	case math.Abs(v) >= 1:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.3f", v)
	}
}

// String is empty for nil.
func (b *Budget) String() string {
	if b == nil {
		return ""
	}
	bound := fmt.Sprintf(">= %g", b.AtLeast)
	if b.AtMost != 0 {
		bound = fmt.Sprintf("<= %g", b.AtMost)
	}
	if b.Goal != 0 {
		bound += fmt.Sprintf(" (goal %g)", b.Goal)
	}
	return bound
}

func verdict(met *bool) string {
	switch {
	case met == nil:
		return ""
	case *met:
		return "yes"
	default:
		return "NO"
	}
}
