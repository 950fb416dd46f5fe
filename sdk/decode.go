package sdk

import (
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/pgweir/weir/engine"
)

// DecodeError means that a stored value doesn't fit the Go type that reads it:
// the type has changed since, or two programs differ about it. A step that fails
// with it is not retried. errors.Is finds ErrDecode, also after a round trip.
type DecodeError struct {
	// Value is what was read, such as "argument 1 of book_flight".
	Value string

	// Type is the Go type it should have become.
	Type string

	// Cause is the error of encoding/json.
	Cause error
}

func (e *DecodeError) Error() string {
	return fmt.Sprintf("%s doesn't decode as %s: %v", e.Value, e.Type, e.Cause)
}

// Unwrap returns the cause.
func (e *DecodeError) Unwrap() error { return e.Cause }

// Is reports whether target is ErrDecode.
func (e *DecodeError) Is(target error) bool { return target == ErrDecode }

// ErrorType names the error where it is stored.
func (e *DecodeError) ErrorType() string { return engine.TypeOf(ErrDecode) }

func decode[T any](value string, stored json.RawMessage) (T, error) {
	var v T
	if err := json.Unmarshal(stored, &v); err != nil {
		var zero T
		return zero, &DecodeError{Value: value, Type: reflect.TypeFor[T]().String(), Cause: err}
	}
	return v, nil
}
