package sdk

import (
	"bytes"
	"encoding/json"
	"errors"
	"unicode/utf8"
)

var errInvalidText = errors.New("has text that is not valid UTF-8")

// encode returns v as JSON. encoding/json replaces each invalid byte of a
// string by U+FFFD; encode refuses such a string.
func encode(v any) (json.RawMessage, error) {
	encoded, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	if mayBeReplaced(encoded) && hasInvalidText(v) {
		return nil, errInvalidText
	}
	return encoded, nil
}

// mayBeReplaced reports whether U+FFFD is in the JSON, escaped or not: then some
// string was invalid, or one has that character indeed.
func mayBeReplaced(encoded []byte) bool {
	return bytes.Contains(encoded, []byte(`\ufffd`)) || bytes.ContainsRune(encoded, utf8.RuneError)
}

func checkKey(key string) error {
	if !utf8.ValidString(key) {
		return errInvalidText
	}
	return nil
}
