package sdk

import (
	"encoding/json"
	"slices"

	"github.com/pgweir/weir/engine"
)

type nodeKind int

const (
	kindStep    nodeKind = iota // a function call
	kindValue                   // a literal
	kindList                    // the outputs of the inputs, as an array
	kindMap                     // the outputs of the inputs, as an object that has keys
	kindTry                     // the outcome of the one input, which is a step
	kindOutside                 // a step that the workflow has already
)

// node is what a Ref stands for, without its type. It never changes once a Ref
// has it, so that it may be shared by graphs and by goroutines.
type node struct {
	kind     nodeKind
	function string
	options  nodeOptions
	inputs   []*node
	after    []*node
	value    json.RawMessage
	keys     []string // sorted, one for each input
	outside  reference
	mistakes []mistake
}

// mistake was made while binding. The start of a workflow reports it.
type mistake struct {
	field  string // within the node; empty is the node itself
	reason string
}

var null = json.RawMessage("null")

func valueNode(v any) *node {
	value, err := encode(v)
	if err != nil {
		return badNode(err.Error())
	}
	return &node{kind: kindValue, value: value}
}

func badNode(reason string) *node {
	return &node{kind: kindValue, value: null, mistakes: []mistake{{reason: reason}}}
}

func tryNode(n *node) *node {
	switch {
	case n == nil || n.kind == kindStep || n.kind == kindOutside:
		return &node{kind: kindTry, inputs: []*node{n}}
	case n.kind == kindList || n.kind == kindMap:
		return badNode("Try catches the failure of one step: bind All(Try(a), Try(b)) instead of Try(All(a, b))")
	}
	return &node{kind: kindTry, inputs: []*node{asStep(n)}}
}

// asStep returns a copy of n that is a step: n itself, or the built-in step
// whose output is the value of n.
func asStep(n *node) *node {
	if n.kind == kindStep {
		step := *n
		return &step
	}
	return valueStep(n)
}

func valueStep(n *node) *node {
	return &node{
		function: engine.FunctionValue,
		options:  nodeOptions{name: "value"},
		inputs:   []*node{n},
	}
}

func (n *node) with(opts NodeOpts) *node {
	if n == nil {
		return nil
	}
	step := asStep(n)
	var mistakes []mistake
	step.options, mistakes = step.options.with(opts)
	step.mistakes = slices.Concat(step.mistakes, mistakes)
	return step
}

func (n *node) orderedAfter(refs []AnyRef) *node {
	if n == nil {
		return nil
	}
	step := asStep(n)
	if n.function == engine.FunctionWait {
		step = valueStep(n) // a wait for some waits for nothing else
	}
	step.after = slices.Clone(step.after)
	for _, ref := range refs {
		if ref == nil {
			step.after = append(step.after, nil)
			continue
		}
		step.waitFor(ref.untyped())
	}
	return step
}

// waitFor adds what has to be done first. A list or map waits for its elements; an
// outcome needs a step that takes it, as failure would otherwise stop the wait.
func (n *node) waitFor(first *node) {
	switch {
	case first == nil || first.kind == kindStep || first.kind == kindOutside:
		n.after = append(n.after, first)
	case first.kind == kindList || first.kind == kindMap:
		for _, element := range first.inputs {
			n.waitFor(element)
		}
	case first.kind == kindTry:
		n.after = append(n.after, asStep(first))
	case first.kind == kindValue:
		for _, m := range first.mistakes {
			n.mistakes = append(slices.Clip(n.mistakes), mistake{"after", m.reason})
		}
	}
}
