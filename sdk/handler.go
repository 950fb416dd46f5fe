package sdk

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"

	"github.com/pgweir/weir/engine"
)

// Handler is the implementation of a declared step, or of a part of an actor: what
// Do, DoTx and Continue return, for the Handlers of a Config.
type Handler struct {
	function engine.Function
	actor    *actorPart // of a part of an actor: function has nothing but the name
	next     *Handler   // of the step that function returns, if that is the handler's too
	mistake  string
}

// with returns the handler with that of the step that its function returns.
func (h Handler) with(next Handler) Handler {
	h.next = &next
	return h
}

type (
	doFunc       func(ctx context.Context, in *arguments) (any, error)
	doTxFunc     func(ctx context.Context, tx pgx.Tx, in *arguments) (any, error)
	continueFunc func(ctx context.Context, in *arguments) (*node, error)
)

func doHandler(name string, isNil bool, do doFunc) Handler {
	if isNil {
		return badHandler(name, "the function is nil")
	}
	return Handler{function: engine.Function{
		Name: name,
		Do: func(ctx context.Context, args []json.RawMessage) (json.RawMessage, error) {
			return output(do(ctx, &arguments{function: name, stored: args}))
		},
	}}
}

func doTxHandler(name string, isNil bool, do doTxFunc) Handler {
	if isNil {
		return badHandler(name, "the function is nil")
	}
	return Handler{function: engine.Function{
		Name: name,
		DoTx: func(ctx context.Context, tx pgx.Tx, args []json.RawMessage) (json.RawMessage, error) {
			return output(do(ctx, tx, &arguments{function: name, stored: args}))
		},
	}}
}

func continueHandler(name string, isNil bool, do continueFunc) Handler {
	if isNil {
		return badHandler(name, "the function is nil")
	}
	return Handler{function: engine.Function{
		Name: name,
		Continue: func(ctx context.Context, args []json.RawMessage) (engine.Continuation, error) {
			root, err := do(ctx, &arguments{function: name, stored: args})
			if err != nil {
				return engine.Continuation{}, err
			}
			step, _ := Info(ctx)
			return continuation(root, step.WorkflowID)
		},
	}}
}

func badHandler(name, mistake string) Handler {
	return Handler{function: engine.Function{Name: name}, mistake: mistake}
}

// output encodes what a function returned. What can't be stored is not worth a
// retry: the body has done its work.
func output(v any, err error) (json.RawMessage, error) {
	if err != nil {
		return nil, err
	}
	encoded, err := encode(v)
	if err != nil {
		return nil, engine.Permanent(&InputError{Field: "output", Reason: err.Error()})
	}
	return encoded, nil
}
