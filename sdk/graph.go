package sdk

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pgweir/weir/engine"
)

// buildGraph lays out all that root needs: inputs before their consumer, in
// binding order, each node once. The error joins every mistake that was made
// while binding with every other that the engine would refuse.
func buildGraph(root *node, limits engine.Limits) (engine.Graph, error) {
	if root == nil {
		return engine.Graph{}, &InputError{Field: "root", Reason: "is an empty Ref"}
	}
	if root.kind != kindStep {
		root = asStep(root)
	}
	b := graphBuilder{index: make(map[*node]int)}
	b.layOut(root)
	if len(b.errs) == 0 {
		return b.graph, nil
	}
	return engine.Graph{}, errors.Join(append(b.errs, b.graph.Validate(limits))...)
}

type graphBuilder struct {
	graph engine.Graph
	index map[*node]int // of a step in graph
	path  []int         // where in the arguments of the current step we are
	errs  []error
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
		step.After = append(step.After, b.index[first])
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

func (b *graphBuilder) arg(step, input *node) engine.Arg {
	switch {
	case input == nil || input.kind == kindTry && input.inputs[0] == nil:
		b.refuse(step, b.argField(), "is an empty Ref")
		return engine.Arg{Value: null}
	case input.kind == kindStep:
		return engine.Arg{Kind: engine.ArgRef, Step: b.index[input]}
	case input.kind == kindTry:
		return engine.Arg{Kind: engine.ArgTry, Step: b.index[input.inputs[0]]}
	case input.kind == kindList:
		return engine.Arg{Kind: engine.ArgList, List: b.args(step, input.inputs)}
	}
	for _, m := range input.mistakes {
		b.refuse(step, b.argField(), m.reason)
	}
	return engine.Arg{Value: input.value}
}

func (b *graphBuilder) argField() string {
	var field strings.Builder
	field.WriteString("args")
	for _, i := range b.path {
		fmt.Fprintf(&field, "[%d]", i)
	}
	return field.String()
}

func (b *graphBuilder) refuse(step *node, field, reason string) {
	b.errs = append(b.errs, &InputError{
		Field:  fmt.Sprintf("steps[%d].%s", len(b.graph.Steps), field),
		Reason: fmt.Sprintf("of %q: %s", step.options.name, reason),
	})
}
