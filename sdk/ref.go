package sdk

import (
	"encoding/json"
	"errors"
)

// Ref stands for a value of type T that a workflow will have: the output of a
// step, or what is made of such outputs. It is lazy: it runs nothing and stores
// nothing until a workflow is started with it.
//
// A Ref never changes; each method returns another one. The same Ref bound in
// several places is one step, that runs once. The zero Ref is empty, and a
// workflow that has it anywhere is refused when it starts.
type Ref[T any] struct {
	_    [0]*T // so that a Ref doesn't convert to one of another type
	node *node
}

// AnyRef is a Ref of any type. Nothing else implements it.
type AnyRef interface {
	untyped() *node
}

func (r Ref[T]) untyped() *node { return r.node }

// With returns a new step that is like r, with the options that are set: later
// ones replace earlier ones, and metadata is merged. A Ref that is no step, such
// as that of All, becomes one whose output is the value.
func (r Ref[T]) With(opts NodeOpts) Ref[T] {
	return Ref[T]{node: r.node.with(opts)}
}

// After returns a new step that is like r and that starts only after all of refs
// succeeded; it doesn't get their values. After(Try(x)) is after x has ended
// either way. A Ref that is no step, such as that of All, becomes one.
func (r Ref[T]) After(refs ...AnyRef) Ref[T] {
	return Ref[T]{node: r.node.orderedAfter(refs)}
}

// MarshalJSON encodes what remains of a Split. Any other Ref is no value, and it
// fails: where it was meant to be an argument, it has to be given to Bind.
func (r Ref[T]) MarshalJSON() ([]byte, error) {
	stored, ok := r.node.asReference()
	if !ok {
		return nil, errors.New("a Ref is no value: give it to Bind")
	}
	return json.Marshal(stored)
}

// UnmarshalJSON takes what remains of a Split.
func (r *Ref[T]) UnmarshalJSON(text []byte) error {
	n, err := referenceNode(text)
	if err != nil {
		return err
	}
	r.node = n
	return nil
}
