package engine

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"sync"
)

// Arguments are stored as a template over the step's dependencies: literals
// (v), and the position of a dependency in the step's list of them whose output
// (r) or outcome (t) stands there; l is a list and m an object of such.
type templateNode struct {
	Value json.RawMessage         `json:"v"`
	Ref   *int                    `json:"r"`
	Try   *int                    `json:"t"`
	List  []templateNode          `json:"l"`
	Map   map[string]templateNode `json:"m"`
}

// appendTemplate writes args, position being that of each step index among the
// dependencies.
func appendTemplate(out []byte, args []Arg, position map[int]int) []byte {
	out = append(out, '[')
	for i := range args {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendTemplateNode(out, &args[i], position)
	}
	return append(out, ']')
}

func appendTemplateNode(out []byte, arg *Arg, position map[int]int) []byte {
	switch arg.Kind {
	case ArgValue:
		out = append(out, `{"v":`...)
		out = append(out, arg.Value...)
	case ArgRef:
		out = append(out, `{"r":`...)
		out = strconv.AppendInt(out, int64(position[arg.Step]), 10)
	case ArgTry:
		out = append(out, `{"t":`...)
		out = strconv.AppendInt(out, int64(position[arg.Step]), 10)
	case ArgList:
		out = append(out, `{"l":`...)
		out = appendTemplate(out, arg.List, position)
	case ArgMap:
		out = append(out, `{"m":`...)
		out = appendObject(out, arg.Map, func(out []byte, field Arg) []byte { return appendTemplateNode(out, &field, position) })
	}
	return append(out, '}')
}

// appendObject writes the fields in the order of their keys.
func appendObject[T any](out []byte, fields map[string]T, value func([]byte, T) []byte) []byte {
	out = append(out, '{')
	for i, key := range slices.Sorted(maps.Keys(fields)) {
		if i > 0 {
			out = append(out, ',')
		}
		quoted, _ := json.Marshal(key) // a string never fails
		out = append(append(out, quoted...), ':')
		out = value(out, fields[key])
	}
	return append(out, '}')
}

// inputs are the outcomes of a step's dependencies, in their order. One of the
// two is set for each.
type inputs struct {
	outputs, errors []json.RawMessage
}

// templates keeps parsed templates. Those of steps that take the outputs of
// others are few and are met over and over.
type templates struct {
	mu     sync.RWMutex
	parsed map[string][]templateNode
}

const (
	templatesKept  = 1_000
	templateLength = 200 // bytes of the longest that is kept
)

func (s *templates) parse(template json.RawMessage) (nodes []templateNode, err error) {
	s.mu.RLock()
	nodes, kept := s.parsed[string(template)]
	s.mu.RUnlock()
	if kept {
		return nodes, nil
	}
	if err := json.Unmarshal(template, &nodes); err != nil {
		return nil, err
	}
	if len(template) <= templateLength {
		s.keep(string(template), nodes)
	}
	return nodes, nil
}

func (s *templates) keep(template string, nodes []templateNode) {
	s.mu.Lock()
	defer s.mu.Unlock()

	if s.parsed == nil || len(s.parsed) >= templatesKept {
		s.parsed = make(map[string][]templateNode)
	}
	s.parsed[template] = nodes
}

// resolve puts inputs into a template and returns the arguments.
func (s *templates) resolve(template json.RawMessage, in inputs) ([]json.RawMessage, error) {
	nodes, err := s.parse(template)
	if err != nil {
		return nil, err
	}
	args := make([]json.RawMessage, len(nodes))
	for i := range nodes {
		args[i] = nodes[i].resolve(nil, in)
	}
	return args, nil
}

func (n *templateNode) resolve(out []byte, in inputs) []byte {
	switch {
	case n.Ref != nil && out == nil:
		return in.outputs[*n.Ref]
	case n.Ref != nil:
		return append(out, in.outputs[*n.Ref]...)
	case n.Try != nil && in.errors[*n.Try] != nil:
		out = append(out, `{"error":`...)
		out = append(out, in.errors[*n.Try]...)
		return append(out, '}')
	case n.Try != nil:
		out = append(out, `{"value":`...)
		out = append(out, in.outputs[*n.Try]...)
		return append(out, '}')
	case n.List != nil:
		out = append(out, '[')
		for i := range n.List {
			if i > 0 {
				out = append(out, ',')
			}
			out = n.List[i].resolve(out, in)
		}
		return append(out, ']')
	case n.Map != nil:
		return appendObject(out, n.Map, func(out []byte, field templateNode) []byte { return field.resolve(out, in) })
	default:
		return append(out, n.Value...)
	}
}
