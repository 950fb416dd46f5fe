package sdk

import (
	"encoding/json"
	"errors"
)

// Result is the outcome of a step that was bound with Try: Value, or Err if that
// is not nil. As JSON it is {"value": ...} or {"error": {...}}.
type Result[T any] struct {
	Value T
	Err   *StepError
}

// Get returns the value and the error in the way of a function call: the error is
// nil, or a *StepError.
func (r Result[T]) Get() (T, error) {
	if r.Err != nil {
		return r.Value, r.Err
	}
	return r.Value, nil
}

// Failed reports whether there is an error instead of a value.
func (r Result[T]) Failed() bool { return r.Err != nil }

// Or returns the value, or fallback if the step failed.
func (r Result[T]) Or(fallback T) T {
	if r.Err != nil {
		return fallback
	}
	return r.Value
}

// MarshalJSON encodes one of value and error.
func (r Result[T]) MarshalJSON() ([]byte, error) {
	if r.Err != nil {
		return json.Marshal(struct {
			Error *StepError `json:"error"`
		}{r.Err})
	}
	value, err := encode(r.Value)
	if err != nil {
		return nil, err
	}
	return json.Marshal(struct {
		Value json.RawMessage `json:"value"`
	}{value})
}

// UnmarshalJSON wants exactly one of value and error.
func (r *Result[T]) UnmarshalJSON(text []byte) error {
	var stored struct {
		Value json.RawMessage `json:"value"`
		Error *StepError      `json:"error"`
	}
	if err := json.Unmarshal(text, &stored); err != nil {
		return err
	}
	if (stored.Value == nil) == (stored.Error == nil) {
		return errors.New("a result has either a value or an error")
	}
	read := Result[T]{Err: stored.Error}
	if stored.Error == nil {
		if err := json.Unmarshal(stored.Value, &read.Value); err != nil {
			return err
		}
	}
	*r = read
	return nil
}
