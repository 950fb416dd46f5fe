package sdk

import (
	"bytes"
	"encoding/json"

	"github.com/pgweir/weir/engine"
)

// continuation is what the engine makes of the Ref that a function returned. A
// mistake in it fails the step at once: the next attempt would make it again.
func continuation(root *node) (engine.Continuation, error) {
	if value, ok := constant(root); ok {
		return engine.Continuation{Value: value}, nil
	}
	graph, err := buildGraph(root, engine.Limits{})
	if err != nil {
		return engine.Continuation{}, engine.Permanent(err)
	}
	return engine.Continuation{Graph: &graph}, nil
}

// constant returns the value of what needs no step.
func constant(n *node) (json.RawMessage, bool) {
	switch {
	case n == nil || len(n.mistakes) > 0:
		return nil, false
	case n.kind == kindValue:
		return n.value, true
	case n.kind != kindList:
		return nil, false
	}
	elements := make([][]byte, len(n.inputs))
	for i, input := range n.inputs {
		value, ok := constant(input)
		if !ok {
			return nil, false
		}
		elements[i] = value
	}
	return append(append([]byte{'['}, bytes.Join(elements, []byte{','})...), ']'), true
}
