package engine

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// CheckPayload refuses what jsonb wouldn't take, or would take only after
// minutes: it is JSON of bounded size and depth, in valid UTF-8, whose strings
// have no NUL and no half of a surrogate pair and whose numbers a numeric holds.
func CheckPayload(field string, payload json.RawMessage, limits Limits) error {
	switch {
	case len(payload) == 0:
		return badInput(field, "is empty")
	case len(payload) > limits.MaxPayload:
		return badInput(field, "has %d bytes, at most %d are allowed", len(payload), limits.MaxPayload)
	case !utf8.Valid(payload):
		return badInput(field, "is not valid UTF-8")
	case !json.Valid(payload):
		return badInput(field, "is not valid JSON")
	}
	if reason := refusedByJSONB(payload); reason != "" {
		return badInput(field, "%s", reason)
	}
	return nil
}

// CheckObject is CheckPayload for what has to be a JSON object or absent.
func CheckObject(field string, object json.RawMessage, limits Limits) error {
	if object == nil {
		return nil
	}
	if err := CheckPayload(field, object, limits); err != nil {
		return err
	}
	if bytes.TrimLeft(object, " \t\r\n")[0] != '{' {
		return badInput(field, "is not a JSON object")
	}
	return nil
}

// refusedByJSONB says what is wrong with JSON that is valid and that jsonb
// refuses, and is empty if nothing is.
func refusedByJSONB(valid []byte) string {
	depth := 0
	for i := 0; i < len(valid); {
		switch c := valid[i]; {
		case c == '"':
			length, reason := scanString(valid[i:])
			if reason != "" {
				return reason
			}
			i += length
		case c == '-' || c >= '0' && c <= '9':
			length := scanNumber(valid[i:])
			if !fitsNumeric(valid[i : i+length]) {
				return "has a number that is too large or too precise"
			}
			i += length
		case c == '[' || c == '{':
			depth++
			if depth > maxDepth {
				return "is nested more than " + strconv.Itoa(maxDepth) + " deep"
			}
			i++
		case c == ']' || c == '}':
			depth--
			i++
		default:
			i++
		}
	}
	return ""
}

// scanString returns the length of the string literal at the start of valid, or
// what is wrong with it.
func scanString(valid []byte) (length int, reason string) {
	for i := 1; ; {
		skip := bytes.IndexAny(valid[i:], `"\`)
		i += skip
		switch {
		case valid[i] == '"':
			return i + 1, ""
		case valid[i+1] != 'u':
			i += 2
			continue
		}
		switch r := escapedRune(valid[i:]); {
		case r == 0:
			return 0, "has a NUL character"
		case !utf16.IsSurrogate(r):
			i += 6
		case utf16.DecodeRune(r, escapedRune(valid[i+6:])) == utf8.RuneError:
			return 0, "has half of a surrogate pair"
		default:
			i += 12
		}
	}
}

// escapedRune returns the code unit of the \uXXXX at the start of text, or -1.
func escapedRune(text []byte) rune {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return -1
	}
	unit, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	if err != nil {
		return -1
	}
	return rune(unit)
}

func scanNumber(valid []byte) (length int) {
	for length < len(valid) && bytes.IndexByte([]byte("+-.0123456789eE"), valid[length]) >= 0 {
		length++
	}
	return length
}

// fitsNumeric reports whether Postgres' numeric holds the number: 131,072 digits
// before and 16,383 after the point.
func fitsNumeric(number []byte) bool {
	const before, after = 131_072, 16_383
	mantissa, exponent := number, 0
	if e := bytes.IndexAny(number, "eE"); e >= 0 {
		parsed, err := strconv.Atoi(string(number[e+1:]))
		if err != nil {
			return false
		}
		mantissa, exponent = number[:e], parsed
	}
	whole, fraction, _ := bytes.Cut(bytes.TrimPrefix(mantissa, []byte("-")), []byte("."))
	return len(whole)+exponent <= before && len(fraction)-exponent <= after
}
