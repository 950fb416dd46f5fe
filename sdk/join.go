package sdk

import (
	"maps"
	"slices"
)

// Val returns a Ref of a value that is known now. The value is encoded at once:
// what happens to v later is not seen.
func Val[T any](v T) Ref[T] {
	return Ref[T]{node: valueNode(v)}
}

// All joins values of one type: the step it is bound to gets them in the order of
// refs. It is empty, not null, without refs.
func All[T any](refs ...Ref[T]) Ref[[]T] {
	inputs := make([]*node, len(refs))
	for i, ref := range refs {
		inputs[i] = ref.node
	}
	return Ref[[]T]{node: &node{kind: kindList, inputs: inputs}}
}

// AllMap joins values of one type by name: the step it is bound to gets them under
// the keys of refs. In binding order they are sorted by key.
func AllMap[T any](refs map[string]Ref[T]) Ref[map[string]T] {
	n := &node{kind: kindMap, keys: slices.Sorted(maps.Keys(refs))}
	for _, key := range n.keys {
		n.inputs = append(n.inputs, refs[key].node)
	}
	return Ref[map[string]T]{node: n}
}

// Try catches the failure of a step: who binds the result gets the value, or the
// error of the step after its last attempt. Caught is what the step itself
// caused: its own error and that of the graph it returned as a continuation. The
// steps that it was bound to are caught by a Try of their own; so Try(All(...))
// is refused when the workflow starts.
func Try[T any](ref Ref[T]) Ref[Result[T]] {
	return Ref[Result[T]]{node: tryNode(ref.node)}
}
