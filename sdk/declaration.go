package sdk

import "time"

// Declaration is a declared step, graph or part of an actor, of any type: Step, Step2,
// Step3, Definition, Actor, Method or Query.
type Declaration interface {
	declared() declaration
}

// declaration has the fields of Step, Step2 and Step3, which convert to it.
type declaration struct {
	Name     string
	Retry    Retry
	Timeout  time.Duration
	Queue    string
	Metadata map[string]any
}

// bind makes a step of the declared function.
func (d declaration) bind(inputs ...*node) *node {
	options, mistakes := nodeOptions{}.with(NodeOpts{
		Retry:    d.Retry,
		Timeout:  d.Timeout,
		Queue:    d.Queue,
		Metadata: d.Metadata,
	})
	options.name = d.Name
	return &node{function: d.Name, options: options, inputs: inputs, mistakes: mistakes}
}
