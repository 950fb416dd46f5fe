package sdk

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// reference names a step of a running workflow, as a Split does that is stored.
type reference struct {
	step     int32
	workflow string
}

// storedReference is a reference as JSON. Try says that the failure of the step
// is caught.
type storedReference struct {
	Step     *int32 `json:"weir.step"`
	Workflow string `json:"weir.workflow"`
	Try      bool   `json:"try,omitempty"`
}

var errNoReference = errors.New(`is no reference to a step: {"weir.step": number, "weir.workflow": id}`)

// referenceNode is the node that text is the reference of.
func referenceNode(text []byte) (*node, error) {
	var stored storedReference
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&stored); err != nil {
		return nil, fmt.Errorf("%w: %w", errNoReference, err)
	}
	if stored.Step == nil || *stored.Step < 0 || stored.Workflow == "" {
		return nil, errNoReference
	}
	n := &node{kind: kindOutside, outside: reference{*stored.Step, stored.Workflow}}
	if stored.Try {
		return tryNode(n), nil
	}
	return n, nil
}

// asReference is the reverse of referenceNode; false for any other node.
func (n *node) asReference() (stored storedReference, ok bool) {
	switch {
	case n == nil:
		return stored, false
	case n.kind == kindTry:
		stored, ok = n.inputs[0].asReference()
		stored.Try = true
		return stored, ok
	}
	return storedReference{Step: &n.outside.step, Workflow: n.outside.workflow}, n.kind == kindOutside
}
