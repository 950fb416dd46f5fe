package sdk

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pgweir/weir/engine"
)

// buildGraph lays out all that root needs: inputs before their consumer, in
// binding order, each node once. A graph that a step of a running workflow returned
// may need further steps of that. The error joins every mistake that was made while
// binding with every other that the engine would refuse.
func buildGraph(root *node, running string, limits engine.Limits) (engine.Graph, error) {
	if root == nil {
		return engine.Graph{}, &InputError{Field: "root", Reason: "is an empty Ref"}
	}
	if root.kind != kindStep {
		root = asStep(root)
	}
	b := graphBuilder{running: running, index: make(map[*node]int)}
	b.layOut(root)
	if len(b.errs) == 0 {
		return b.graph, nil
	}
	validate := b.graph.Validate
	if running != "" {
		validate = b.graph.ValidateContinuation
	}
	return engine.Graph{}, errors.Join(append(b.errs, validate(limits))...)
}

type graphBuilder struct {
	running string // id of the workflow that the graph is a continuation in
	graph   engine.Graph
	index   map[*node]int // of a step in graph
	path    []int         // where in the arguments of the current step we are
	errs    []error
}

// visit is a step whose inputs are being laid out.
type visit struct {
	step *node
	todo []*node
}

// layOut keeps its own stack, as a chain may be longer than a goroutine's.
func (b *graphBuilder) layOut(root *node) {
	stack := []visit{{root, root.steps()}}
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		if len(top.todo) == 0 {
			b.index[top.step] = len(b.graph.Steps)
			b.graph.Steps = append(b.graph.Steps, b.step(top.step))
			stack = stack[:len(stack)-1]
			continue
		}
		input := top.todo[0]
		top.todo = top.todo[1:]
		if _, known := b.index[input]; !known {
			stack = append(stack, visit{input, input.steps()})
		}
	}
}

// steps returns the steps that n needs directly, in binding order.
func (n *node) steps() []*node {
	return appendSteps(appendSteps(nil, n.inputs), n.after)
}

func appendSteps(steps, nodes []*node) []*node {
	for _, n := range nodes {
		switch {
		case n == nil:
		case n.kind == kindStep:
			steps = append(steps, n)
		default:
			steps = appendSteps(steps, n.inputs)
		}
	}
	return steps
}

func (b *graphBuilder) step(n *node) engine.Step {
	step := engine.Step{
		Name:     n.options.name,
		Named:    n.options.named,
		Function: n.function,
		Queue:    n.options.queue,
		Policy:   n.options.retry.policy(n.options.timeout),
		Metadata: object(n.options.metadata),
	}
	for _, m := range n.mistakes {
		b.refuse(n, m.field, m.reason)
	}
	step.Args = b.args(n, n.inputs)
	for i, first := range n.after {
		if first == nil {
			b.refuse(n, fmt.Sprintf("after[%d]", i), "is an empty Ref")
			continue
		}
		step.After = append(step.After, b.position(n, first, func() string { return fmt.Sprintf("after[%d]", i) }))
	}
	return step
}

func (b *graphBuilder) args(step *node, inputs []*node) []engine.Arg {
	args := make([]engine.Arg, len(inputs))
	for i, input := range inputs {
		b.path = append(b.path, i)
		args[i] = b.arg(step, input)
		b.path = b.path[:len(b.path)-1]
	}
	return args
}

func (b *graphBuilder) fields(step, object *node) map[string]engine.Arg {
	fields := make(map[string]engine.Arg, len(object.keys))
	for i, arg := range b.args(step, object.inputs) {
		fields[object.keys[i]] = arg
	}
	return fields
}

func (b *graphBuilder) arg(step, input *node) engine.Arg {
	switch {
	case input == nil || input.kind == kindTry && input.inputs[0] == nil:
		b.refuse(step, b.argField(step), "is an empty Ref")
		return engine.Arg{Value: null}
	case input.kind == kindStep || input.kind == kindOutside:
		return engine.Arg{Kind: engine.ArgRef, Step: b.position(step, input, func() string { return b.argField(step) })}
	case input.kind == kindTry:
		return engine.Arg{Kind: engine.ArgTry, Step: b.position(step, input.inputs[0], func() string { return b.argField(step) })}
	case input.kind == kindList:
		return engine.Arg{Kind: engine.ArgList, List: b.args(step, input.inputs)}
	case input.kind == kindMap:
		return engine.Arg{Kind: engine.ArgMap, Map: b.fields(step, input)}
	}
	for _, m := range input.mistakes {
		b.refuse(step, b.argField(step), m.reason)
	}
	return engine.Arg{Value: input.value}
}

// position is the index by which step depends on another one, in the graph or
// outside of it. What has no workflow to be outside in is refused by the engine.
func (b *graphBuilder) position(step, dependency *node, field func() string) int {
	if dependency.kind != kindOutside {
		return b.index[dependency]
	}
	if of := dependency.outside.workflow; b.running != "" && of != b.running {
		b.refuse(step, field(), fmt.Sprintf("is a step of workflow %q, and can't be one of %q", of, b.running))
	}
	return engine.Outside(dependency.outside.step)
}

// argField writes the path: an index, or a key within an object.
func (b *graphBuilder) argField(step *node) string {
	var field strings.Builder
	field.WriteString("args")
	at := step
	for _, i := range b.path {
		if at.kind == kindMap {
			fmt.Fprintf(&field, "[%q]", at.keys[i])
		} else {
			fmt.Fprintf(&field, "[%d]", i)
		}
		at = at.inputs[i]
	}
	return field.String()
}

func (b *graphBuilder) refuse(step *node, field, reason string) {
	b.errs = append(b.errs, &InputError{
		Field:  fmt.Sprintf("steps[%d].%s", len(b.graph.Steps), field),
		Reason: fmt.Sprintf("of %q: %s", step.options.name, reason),
	})
}
