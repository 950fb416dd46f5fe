package sdk

import (
	"fmt"

	"github.com/pgweir/weir/actors"
	"github.com/pgweir/weir/engine"
)

// At names an actor to bind calls of, and touches no database: the actor has to be
// there when the call is made. Run, Start and the others, which need a client, refuse
// what At returns.
func (a Actor[S, A]) At(id string) ActorRef[S] {
	return ActorRef[S]{typ: a.Type, id: id}
}

// Call makes a step of a call with a value, which is encoded at once. Bind says what
// such a step does.
func (m Method[S, A, R]) Call(actor ActorRef[S], arg A) Ref[R] {
	return m.Bind(actor, Val(arg))
}

// Bind makes a step of a call with what another step will return. The step has the
// call accepted once its argument is there, and then waits without a worker; its
// value is the result.
//
// Whatever is killed or run again meanwhile, one call is made. If that fails, so does
// the step, as does one whose actor isn't there; a resume of the workflow calls again
// then. The call's settings are those of m: of NodeOpts only Name and Metadata matter
// to the step. Cancelling the workflow leaves the call, which will be answered.
func (m Method[S, A, R]) Bind(actor ActorRef[S], arg Ref[A]) Ref[R] {
	settings, err := m.bound(actor)
	if err != nil {
		return Ref[R]{node: badNode(err.Error())}
	}
	return Ref[R]{node: &node{
		function: engine.FunctionCall,
		options:  nodeOptions{name: m.declared().Name},
		inputs:   []*node{{kind: kindValue, value: settings}, arg.node},
	}}
}

func (m Method[S, A, R]) bound(actor ActorRef[S]) ([]byte, error) {
	if err := actor.isOf(m.Actor); err != nil {
		return nil, fmt.Errorf("calling %s: %w", m.declared().Name, err)
	}
	params, err := m.settings(actor)
	if err != nil {
		return nil, err
	}
	return actors.Bind(params)
}
