package actors

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgweir/weir/engine"
)

// Type is what a process can do for the actors of one type.
type Type struct {
	// Name is what is stored.
	Name string

	// Queue is that of the actors that this process creates.
	//
	// Defaults to "default".
	Queue string

	// Construct returns the state of a new actor. Nil leaves that to others.
	Construct func(ctx context.Context, args json.RawMessage) (any, error)

	// Decode and Encode turn a state from and into JSON.
	Decode func(state json.RawMessage) (any, error)
	Encode func(state any) (json.RawMessage, error)

	// Methods change the state.
	Methods map[string]Method

	// Queries read it. They get it as JSON.
	Queries map[string]Query
}

// Method is one of a type's methods that write. Exactly one of Do, DoTx and Continue
// is set.
type Method struct {
	// Do runs outside of any transaction.
	Do func(ctx context.Context, state any, args json.RawMessage) (json.RawMessage, error)

	// DoTx runs in the transaction that also commits state and result.
	DoTx func(ctx context.Context, tx pgx.Tx, state any, args json.RawMessage) (json.RawMessage, error)

	// Continue returns what stands for the result: a graph runs as a workflow, whose
	// output is the result.
	Continue func(ctx context.Context, state any, args json.RawMessage) (engine.Continuation, error)
}

// alone reports whether a call of the method is committed by itself.
func (m Method) alone() bool { return m.DoTx != nil || m.Continue != nil }

// Query reads a committed state.
type Query func(ctx context.Context, state, args json.RawMessage) (json.RawMessage, error)

// knows reports whether the process can run a method; empty is the constructor.
func (t *Type) knows(method string) bool {
	if t == nil {
		return false
	}
	if method == "" {
		return t.Construct != nil
	}
	_, known := t.Methods[method]
	return known
}

// functions are the names by which the type's calls and queries are known to workers.
func (t *Type) functions() (names []string) {
	if t.Construct != nil {
		names = append(names, t.Name)
	}
	for method := range t.Methods {
		names = append(names, t.Name+"."+method)
	}
	for query := range t.Queries {
		names = append(names, t.Name+".."+query) // as weir_internal.actor_query_function
	}
	slices.Sort(names)
	return names
}

const (
	maxName  = 63 // bytes of a type's or a method's
	maxQuery = 62 // its function has two dots, and 127 bytes at most
	maxID    = 255
)

// CheckType refuses what is no name of a type. A dot would join it to a method.
func CheckType(name string) error { return checkName("type", name, maxName) }

// CheckMethod refuses what is no name of a method.
func CheckMethod(name string) error { return checkName("method", name, maxName) }

// CheckQuery refuses what is no name of a query.
func CheckQuery(name string) error { return checkName("query", name, maxQuery) }

func checkName(field, name string, bytes int) error {
	if strings.Contains(name, ".") {
		return badInput(field, "%q has a dot", name)
	}
	return engine.CheckTextUpTo(field, name, bytes)
}

func badInput(field, format string, args ...any) error {
	return &engine.InputError{Field: field, Reason: fmt.Sprintf(format, args...)}
}
