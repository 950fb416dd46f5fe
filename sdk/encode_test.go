package sdk

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

type badText struct{ text string }

func (b badText) MarshalText() ([]byte, error) { return []byte(b.text), nil }

type badTextPointer struct{ text string }

func (b *badTextPointer) MarshalText() ([]byte, error) { return []byte(b.text), nil }

type inner struct{ Text string }

func TestEncodeRefusesInvalidText(t *testing.T) {
	t.Parallel()
	const bad = "a\xff"
	text := bad
	for name, v := range map[string]any{
		"string":             bad,
		"pointer":            &text,
		"slice":              []string{"good", bad},
		"array":              [1]string{bad},
		"key":                map[string]int{bad: 1},
		"map value":          map[int]string{1: bad},
		"field":              inner{bad},
		"embedded":           struct{ inner }{inner{bad}},
		"interface":          []any{1, map[string]any{"x": []any{bad}}},
		"text marshaler":     badText{bad},
		"text marshaler key": map[badText]int{{bad}: 1},
		"text of a pointer":  &badTextPointer{bad},
		"text of a field":    &struct{ T badTextPointer }{badTextPointer{bad}},
		"string in string": struct {
			S string `json:",string"`
		}{bad},
		"result":               Result[string]{Value: bad},
		"beside the character": []string{"\ufffd", bad},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := encode(v)
			require.ErrorIs(t, err, errInvalidText)
		})
	}
}

func TestEncodeTakesTheReplacementCharacter(t *testing.T) {
	t.Parallel()
	var none *badTextPointer
	for name, v := range map[string]any{
		"string":          "\ufffd",
		"escaped in JSON": json.RawMessage(`"\ufffd"`),
		"unescaped":       json.RawMessage("\"\ufffd\""),
		"backslash":       `\ufffd`,
		"field that isn't": []any{"\ufffd", struct {
			A string `json:"-"`
			b string
		}{"\xff", "\xff"}},
		"bytes":         []any{"\ufffd", []byte{0xff}},
		"nil marshaler": []any{"\ufffd", none},
		"nil":           []any{"\ufffd", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			encoded, err := encode(v)
			require.NoError(t, err)
			plain, err := json.Marshal(v)
			require.NoError(t, err)
			require.JSONEq(t, string(plain), string(encoded))
		})
	}
}
