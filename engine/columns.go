package engine

import (
	"cmp"
	"encoding/json"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
)

// stepColumns are the steps of graphs as the arrays that the SQL functions take,
// one entry a step.
type stepColumns struct {
	workflow     []int32 // position of the workflow in its batch, from 1
	no           []int32
	name         []string
	function     []string
	queue        []string
	dependencies []string
	dependents   []string
	run          []int32
	caught       []bool
	args         []json.RawMessage
	policy       []json.RawMessage
	metadata     []json.RawMessage
}

const (
	queueDefault   = "default"
	noDependencies = "{}"
)

// newStepColumns returns the columns of one graph that was validated.
func newStepColumns(graph *Graph) *stepColumns {
	steps := graph.Steps
	edges := newEdges(steps)
	c := &stepColumns{
		workflow:     make([]int32, len(steps)),
		no:           make([]int32, len(steps)),
		name:         uniqueNames(steps),
		function:     make([]string, len(steps)),
		queue:        make([]string, len(steps)),
		dependencies: make([]string, len(steps)),
		dependents:   make([]string, len(steps)),
		run:          edges.runs(steps),
		caught:       edges.caught,
		args:         make([]json.RawMessage, len(steps)),
		policy:       make([]json.RawMessage, len(steps)),
		metadata:     make([]json.RawMessage, len(steps)),
	}
	for i := range steps {
		step := &steps[i]
		c.no[i] = int32(i)
		c.function[i] = step.Function
		c.queue[i] = cmp.Or(step.Queue, queueDefault)
		c.dependencies[i] = arrayLiteral(edges.dependencies[i])
		c.dependents[i] = arrayLiteral(edges.dependents[i])
		c.args[i] = appendTemplate(nil, step.Args, positions(edges.dependencies[i]))
		c.policy[i] = step.Policy.encode()
		c.metadata[i] = step.Metadata
	}
	return c
}

// fingerprint is equal for graphs of the same shape, functions and arguments. That
// of one step, which SQL can start as well, is left to the database.
func (c *stepColumns) fingerprint() *int64 {
	if len(c.no) == 1 {
		return nil
	}
	hash := fnv.New64a()
	for i := range c.no {
		for _, part := range []string{c.function[i], c.queue[i], c.dependencies[i], string(c.args[i])} {
			_, _ = hash.Write([]byte(part)) // a hash never fails
			_, _ = hash.Write([]byte{0})
		}
	}
	return new(int64(hash.Sum64()))
}

// append adds the columns of another graph, that of the workflow at position.
func (c *stepColumns) append(other *stepColumns, position int32) {
	for range other.no {
		c.workflow = append(c.workflow, position)
	}
	c.no = append(c.no, other.no...)
	c.name = append(c.name, other.name...)
	c.function = append(c.function, other.function...)
	c.queue = append(c.queue, other.queue...)
	c.dependencies = append(c.dependencies, other.dependencies...)
	c.dependents = append(c.dependents, other.dependents...)
	c.run = append(c.run, other.run...)
	c.caught = append(c.caught, other.caught...)
	c.args = append(c.args, other.args...)
	c.policy = append(c.policy, other.policy...)
	c.metadata = append(c.metadata, other.metadata...)
}

// uniqueNames numbers the names that weren't chosen for their very step: name,
// name_1, name_2. Chosen ones stay as they are.
func uniqueNames(steps []Step) []string {
	names := make([]string, len(steps))
	used := make(map[string]bool, len(steps))
	next := make(map[string]int)
	for i := range steps {
		if steps[i].Named {
			names[i] = steps[i].Name
			used[names[i]] = true
		}
	}
	for i := range steps {
		if steps[i].Named {
			continue
		}
		name := steps[i].Name
		for used[name] {
			next[steps[i].Name]++
			name = steps[i].Name + "_" + strconv.Itoa(next[steps[i].Name])
		}
		names[i] = name
		used[name] = true
	}
	return names
}

func arrayLiteral(numbers []int) string {
	out := []byte{'{'}
	for i, number := range numbers {
		if i > 0 {
			out = append(out, ',')
		}
		out = strconv.AppendInt(out, int64(number), 10)
	}
	return string(append(out, '}'))
}

func positions(dependencies []int) map[int]int {
	if len(dependencies) == 0 {
		return nil
	}
	positions := make(map[int]int, len(dependencies))
	for position, dependency := range dependencies {
		positions[dependency] = position
	}
	return positions
}

// edges are who needs whom in a graph.
type edges struct {
	dependencies, dependents [][]int
	caught                   []bool // every dependent takes the outcome, be it a failure
}

func newEdges(steps []Step) *edges {
	e := &edges{
		dependencies: make([][]int, len(steps)),
		dependents:   make([][]int, len(steps)),
		caught:       make([]bool, len(steps)),
	}
	bare := make([]bool, len(steps)) // some dependent needs a success
	for i := range steps {
		needs := slices.Clone(steps[i].After)
		walkArgs(steps[i].Args, func(arg Arg) { needs = append(needs, arg.Step) })
		walkBare(&steps[i], func(dependency int) { bare[dependency] = true })
		slices.Sort(needs)
		e.dependencies[i] = slices.Compact(needs)
		for _, dependency := range e.dependencies[i] {
			if dependency >= 0 { // those outside are told by the database
				e.dependents[dependency] = append(e.dependents[dependency], i)
			}
		}
	}
	for i := range steps {
		e.caught[i] = len(e.dependents[i]) > 0 && !bare[i]
	}
	return e
}

// runs counts for each step how many follow it in a run: steps numbered one
// after the other in the same queue, each the only dependent of the one before it
// and with no other dependency.
func (e *edges) runs(steps []Step) []int32 {
	runs := make([]int32, len(e.dependents))
	for i := len(runs) - 2; i >= 0; i-- {
		sameQueue := cmp.Or(steps[i].Queue, queueDefault) == cmp.Or(steps[i+1].Queue, queueDefault)
		if sameQueue && len(e.dependents[i]) == 1 && e.dependents[i][0] == i+1 && len(e.dependencies[i+1]) == 1 {
			runs[i] = runs[i+1] + 1
		}
	}
	return runs
}

// walkBare visits the steps of the graph itself that must succeed for a step to
// start.
func walkBare(step *Step, visit func(dependency int)) {
	for _, after := range step.After {
		if after >= 0 {
			visit(after)
		}
	}
	walkArgs(step.Args, func(arg Arg) {
		if arg.Kind == ArgRef && arg.Step >= 0 {
			visit(arg.Step)
		}
	})
}

func walkArgs(args []Arg, visit func(Arg)) {
	for _, arg := range args {
		switch arg.Kind {
		case ArgRef, ArgTry:
			visit(arg)
		case ArgList:
			walkArgs(arg.List, visit)
		case ArgMap:
			walkArgs(slices.Collect(maps.Values(arg.Map)), visit)
		}
	}
}
