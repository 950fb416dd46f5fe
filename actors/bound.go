package actors

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/pgweir/weir/engine"
	"github.com/pgweir/weir/internal/batch"
	"github.com/pgweir/weir/internal/caller"
)

// boundCall is what a step of engine.FunctionCall takes beside the argument.
type boundCall struct {
	Type     string          `json:"type"`
	ID       string          `json:"id"`
	Method   string          `json:"method"`
	Name     string          `json:"name,omitempty"`
	Policy   json.RawMessage `json:"policy,omitempty"`
	Metadata json.RawMessage `json:"metadata,omitempty"`
}

// Bind returns the first argument of a step of engine.FunctionCall. The call's own is
// the second one: Args is of no use. The error joins an *engine.InputError for each
// mistake.
func Bind(params CallParams) (json.RawMessage, error) {
	if err := params.check(engine.Limits{}.WithDefaults()); err != nil {
		return nil, err
	}
	return json.Marshal(boundCall{
		Type: params.Type, ID: params.ID, Method: params.Method, Name: params.Name,
		Policy: encodePolicy(params.Policy, params.Block), Metadata: params.Metadata,
	})
}

// CallFrom is what engine.Turns says.
func (r *Runtime) CallFrom(ctx context.Context, step caller.Caller, settings, arg json.RawMessage) error {
	var bound boundCall
	if err := json.Unmarshal(settings, &bound); err != nil {
		return engine.Permanent(badInput("args[0]", "is no call: %v", err))
	}
	if err := bound.check(arg, r.config.Limits); err != nil {
		return engine.Permanent(err)
	}
	item := &callItem{
		key: key{bound.Type, bound.ID}, method: bound.Method, name: bound.Name, args: arg,
		policy: bound.Policy, metadata: bound.Metadata, caller: step.JSON(),
	}
	err := r.calling.Do(ctx, item)
	switch {
	case batch.IsRefused(err):
		return engine.Permanent(err)
	case err != nil || item.lost:
		return err
	}
	_, err = item.accepted()
	return engine.Permanent(err)
}

// check refuses what was not made by Bind.
func (b *boundCall) check(arg json.RawMessage, limits engine.Limits) error {
	params := CallParams{Type: b.Type, ID: b.ID, Method: b.Method, Name: b.Name, Metadata: b.Metadata}
	errs := []error{params.check(limits), engine.CheckPayload("args", arg, limits)}
	if _, err := decodePolicy(b.Policy); err != nil {
		errs = append(errs, badInput("policy", "%v", err))
	}
	return errors.Join(errs...)
}
