package show

import (
	"encoding/json"
	"errors"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var everything = Row{
	{"text", "<a>\n\x1b"},
	{"number", int32(7)},
	{"none", nil},
	{"at", time.Date(2026, 1, 2, 3, 4, 5, 678000, time.FixedZone("", 3600))},
	{"payload", json.RawMessage(`{"big": 12345678901234567890}`)},
	{"several", []any{"a", true}},
}

func seq(rows []Row, err error) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

func TestARowIsAnObjectOfItsFieldsInOrder(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	require.NoError(t, everything.JSON(&out))
	line := strings.Join([]string{
		`{"text":"<a>\n\u001b"`,
		`"number":7`,
		`"none":null`,
		`"at":"2026-01-02T02:04:05.000678Z"`,
		`"payload":{"big":12345678901234567890}`,
		`"several":["a",true]}`,
	}, ",")
	require.Equal(t, line+"\n", out.String())
}

func TestARowIsATableOfItsFields(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	require.NoError(t, everything.Table(&out))
	require.Equal(t, `
┌─────────┬───────────────────────────────┐
│ text    │ <a>\n\x1b                     │
│ number  │ 7                             │
│ none    │                               │
│ at      │ 2026-01-02T02:04:05Z          │
│ payload │ {"big": 12345678901234567890} │
│ several │ a, true                       │
└─────────┴───────────────────────────────┘
`, "\n"+out.String())
}

func TestRowsAreAnArray(t *testing.T) {
	t.Parallel()
	for want, rows := range map[string][]Row{
		"[]\n":                                nil,
		"[\n{\"a\":1}\n]\n":                   {{{"a", 1}}},
		"[\n{\"a\":1},\n{\"a\":\"two\"}\n]\n": {{{"a", 1}}, {{"a", "two"}}},
	} {
		var out strings.Builder
		require.NoError(t, RowsJSON(&out, seq(rows, nil)))
		require.Equal(t, want, out.String())
	}
}

func TestRowsAreATableOfTheColumnsAskedFor(t *testing.T) {
	t.Parallel()
	rows := []Row{{{"a", 1}, {"b", 2}, {"c", 3}}, {{"a", 4}, {"b", 5}, {"c", nil}}}
	var out strings.Builder
	require.NoError(t, Rows(&out, []string{"c", "a"}, "none", seq(rows, nil)))
	require.Equal(t, `
┌───┬───┐
│ c │ a │
├───┼───┤
│ 3 │ 1 │
│   │ 4 │
└───┴───┘
`, "\n"+out.String())

	out.Reset()
	require.NoError(t, Rows(&out, []string{"c", "a"}, "There is none.", seq(nil, nil)))
	require.Equal(t, "There is none.\n", out.String())
}

func TestRowsThatBreakOffAreAnError(t *testing.T) {
	t.Parallel()
	broken := errors.New("connection lost")
	var out strings.Builder
	require.ErrorIs(t, RowsJSON(&out, seq([]Row{{{"a", 1}}}, broken)), broken)
	require.False(t, json.Valid([]byte(out.String())))
	require.ErrorIs(t, Rows(&out, []string{"a"}, "", seq([]Row{{{"a", 1}}}, broken)), broken)
}
