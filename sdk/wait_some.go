package sdk

import (
	"fmt"
	"time"

	"github.com/pgweir/weir/engine"
)

// Split is the value of a WaitSome. It is made once, and is the same for all who
// take it.
type Split[T any] struct {
	// Ready are the values of those that were done, in the order of refs.
	Ready []T `json:"ready"`

	// Remaining are the others, in the order of refs. They go on, and stand for
	// steps of their workflow wherever a graph is bound that a step of the same
	// workflow returns: as an argument, in All, in After, in another WaitSome. As
	// JSON they are references, so that a Split may pass through other steps.
	Remaining []Ref[T] `json:"remaining"`
}

// WaitSome is a step that waits until n of refs are done, without holding a
// worker, and for no longer than timeout; 0 is for ever. The time runs from the
// moment that the graph is stored. What is done later is not lost: see Split.
//
// The failure of one fails the workflow, also later, unless all who bind it bind a
// Try of it: WaitSome of such outcomes has them as values. When the workflow ends,
// those that remain are stopped.
//
// After holds back only the value of a WaitSome, and not its begin.
func WaitSome[T any](refs []Ref[T], n int, timeout time.Duration) Ref[Split[T]] {
	inputs := make([]*node, len(refs))
	for i, ref := range refs {
		inputs[i] = ref.node
	}
	return Ref[Split[T]]{node: waitNode(inputs, n, timeout)}
}

func waitNode(refs []*node, n int, timeout time.Duration) *node {
	if reason := refusedWait(refs, n); reason != "" {
		return badNode("WaitSome " + reason)
	}
	steps := make([]*node, len(refs))
	for i, ref := range refs {
		switch ref.kind {
		case kindStep, kindTry, kindOutside:
			steps[i] = ref
		default:
			steps[i] = valueStep(ref)
		}
	}
	settings := valueNode(struct {
		N       int     `json:"n"`
		Seconds float64 `json:"seconds,omitempty"`
	}{n, timeout.Seconds()})
	return &node{
		function: engine.FunctionWait,
		options:  nodeOptions{name: "wait"},
		inputs:   []*node{settings, {kind: kindList, inputs: steps}},
	}
}

// refusedWait says why nobody can wait for n of refs.
func refusedWait(refs []*node, n int) string {
	if n < 1 || n > len(refs) {
		return fmt.Sprintf("of %d can't wait for %d of them", len(refs), n)
	}
	first := make(map[any]int, len(refs))
	for i, ref := range refs {
		if ref == nil || ref.kind == kindTry && ref.inputs[0] == nil {
			return fmt.Sprintf("has an empty Ref: refs[%d]", i)
		}
		earlier, doubled := first[ref.identity()]
		if doubled {
			return fmt.Sprintf("has the same step twice: refs[%d] and refs[%d]", earlier, i)
		}
		first[ref.identity()] = i
	}
	return ""
}

// identity is equal for nodes that need the same step.
func (n *node) identity() any {
	switch n.kind {
	case kindTry:
		return n.inputs[0].identity()
	case kindOutside:
		return n.outside
	}
	return n
}
