package sdk

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
)

// setup returns a client of a fake backend that has the handlers.
func setup(t *testing.T, handlers ...Handler) (*Client, *fakeBackend) {
	t.Helper()
	functions, err := Config{Handlers: handlers}.functions()
	require.NoError(t, err)
	fake := &fakeBackend{functions: make(map[string]engine.Function), outcomes: make(map[string]engine.Outcome)}
	for _, function := range functions {
		fake.functions[function.Name] = function
	}
	return &Client{backend: fake}, fake
}

// build lays out the graph of ref, which has to be good.
func build(t require.TestingT, ref AnyRef) engine.Graph {
	graph, err := buildGraph(ref.untyped(), "", engine.Limits{})
	require.NoError(t, err)
	require.NoError(t, graph.Validate(engine.Limits{}))
	return graph
}

// inputErrors returns every *InputError in the tree of err.
func inputErrors(err error) (found []*InputError) {
	switch err := err.(type) {
	case nil:
	case *InputError:
		found = append(found, err)
	case interface{ Unwrap() []error }:
		for _, err := range err.Unwrap() {
			found = append(found, inputErrors(err)...)
		}
	default:
		found = inputErrors(errors.Unwrap(err))
	}
	return found
}

func fields(err error) (fields []string) {
	for _, input := range inputErrors(err) {
		fields = append(fields, input.Field)
	}
	return fields
}

var (
	inc  = Step[int, int]{Name: "inc"}
	add  = Step2[int, int, int]{Name: "add"}
	sum  = Step[[]int, int]{Name: "sum"}
	fail = Step[string, int]{Name: "fail"}
)
