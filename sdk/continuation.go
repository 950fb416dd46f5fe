package sdk

import (
	"encoding/json"

	"github.com/pgweir/weir/engine"
)

// continuation is what the engine makes of the Ref that a function of a workflow
// returned. A mistake in it fails the step at once: the next attempt would make it
// again.
func continuation(root *node, workflow string) (engine.Continuation, error) {
	if value, ok := constant(root); ok {
		return engine.Continuation{Value: value}, nil
	}
	graph, err := buildGraph(root, workflow, engine.Limits{})
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
	case n.kind != kindList && n.kind != kindMap:
		return nil, false
	}
	values := make([]json.RawMessage, len(n.inputs))
	for i, input := range n.inputs {
		value, ok := constant(input)
		if !ok {
			return nil, false
		}
		values[i] = value
	}
	var whole any = values
	if n.kind == kindMap {
		fields := make(map[string]json.RawMessage, len(values))
		for i, value := range values {
			fields[n.keys[i]] = value
		}
		whole = fields
	}
	encoded, err := encode(whole) // where a key can't be, the graph's refusal says which
	return encoded, err == nil
}
