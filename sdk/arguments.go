package sdk

import (
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/pgweir/weir/engine"
)

// arguments hands out the stored arguments of a call one by one. Its first error
// stays.
type arguments struct {
	function string
	stored   []json.RawMessage
	taken    int
	err      error
}

// next takes one argument. It is the zero value once there is an error.
func next[T any](in *arguments) (v T) {
	in.taken++
	switch name := fmt.Sprintf("argument %d of %s", in.taken, in.function); {
	case in.err != nil:
	case in.taken > len(in.stored):
		in.err = &DecodeError{Value: name, Type: reflect.TypeFor[T]().String(), Cause: fmt.Errorf("only %d are stored", len(in.stored))}
	default:
		v, in.err = decode[T](name, in.stored[in.taken-1])
	}
	return v
}

// end returns the error of all that was taken, which no retry cures. Arguments
// that nobody took are an error, too.
func (in *arguments) end() error {
	if in.err == nil && in.taken < len(in.stored) {
		in.err = &DecodeError{
			Value: fmt.Sprintf("argument %d of %s", in.taken+1, in.function),
			Type:  "nothing",
			Cause: fmt.Errorf("the function takes %d", in.taken),
		}
	}
	return engine.Permanent(in.err)
}
