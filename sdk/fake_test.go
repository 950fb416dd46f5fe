package sdk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/pgweir/weir/engine"
)

// fakeBackend runs a workflow while it starts, in this goroutine, with one attempt
// a step.
type fakeBackend struct {
	backend
	functions map[string]engine.Function
	params    []engine.StartParams
	tx        pgx.Tx
	outcomes  map[string]engine.Outcome
}

func (b *fakeBackend) StartWorkflow(ctx context.Context, params engine.StartParams) (engine.Started, error) {
	if err := params.Validate(engine.Limits{}); err != nil {
		return engine.Started{}, err
	}
	b.params = append(b.params, params)
	output, err := b.run(ctx, params.Graph)
	outcome := engine.Outcome{Status: engine.StatusSuccessful, Output: output}
	if err != nil {
		outcome = engine.Outcome{Status: engine.StatusFailed, Error: err}
	}
	b.outcomes[params.ID] = outcome
	return engine.Started{Key: int64(len(b.params)), ID: params.ID, Status: outcome.Status, Created: true, SameGraph: true}, nil
}

func (b *fakeBackend) StartWorkflowTx(ctx context.Context, tx pgx.Tx, params engine.StartParams) (engine.Started, error) {
	b.tx = tx
	return b.StartWorkflow(ctx, params)
}

func (b *fakeBackend) StartWorkflows(ctx context.Context, params []engine.StartParams) ([]engine.Started, error) {
	var all []engine.Started
	for _, p := range params {
		started, err := b.StartWorkflow(ctx, p)
		if err != nil {
			return nil, err
		}
		all = append(all, started)
	}
	return all, nil
}

func (b *fakeBackend) Wait(_ context.Context, id string) (engine.Outcome, error) {
	outcome, found := b.outcomes[id]
	if !found {
		return engine.Outcome{}, ErrNotFound
	}
	return outcome, nil
}

func (b *fakeBackend) WaitStarted(ctx context.Context, started engine.Started) (engine.Outcome, error) {
	return b.Wait(ctx, started.ID)
}

func (b *fakeBackend) Status(ctx context.Context, id string) (engine.Status, error) {
	outcome, err := b.Wait(ctx, id)
	return outcome.Status, err
}

// fakeStep is how a step ended.
type fakeStep struct {
	output json.RawMessage
	err    *StepError
}

func (b *fakeBackend) run(ctx context.Context, graph engine.Graph) (json.RawMessage, *StepError) {
	done := make([]fakeStep, len(graph.Steps))
	for i, step := range graph.Steps {
		args := make([]json.RawMessage, len(step.Args))
		for n, arg := range step.Args {
			value, err := resolve(done, arg)
			if err != nil {
				return nil, err
			}
			args[n] = value
		}
		done[i] = b.call(ctx, step, args)
	}
	root := done[len(done)-1]
	return root.output, root.err
}

func resolve(done []fakeStep, arg engine.Arg) (json.RawMessage, *StepError) {
	switch arg.Kind {
	case engine.ArgRef:
		return done[arg.Step].output, done[arg.Step].err
	case engine.ArgTry:
		if err := done[arg.Step].err; err != nil {
			text, _ := json.Marshal(err)
			return json.RawMessage(`{"error":` + string(text) + `}`), nil
		}
		return json.RawMessage(`{"value":` + string(done[arg.Step].output) + `}`), nil
	case engine.ArgList:
		elements := make([][]byte, len(arg.List))
		for i, element := range arg.List {
			value, err := resolve(done, element)
			if err != nil {
				return nil, err
			}
			elements[i] = value
		}
		return json.RawMessage("[" + string(bytes.Join(elements, []byte(","))) + "]"), nil
	}
	if arg.Kind == engine.ArgMap {
		fields := make(map[string]json.RawMessage)
		for key, field := range arg.Map {
			value, err := resolve(done, field)
			if err != nil {
				return nil, err
			}
			fields[key] = value
		}
		text, _ := json.Marshal(fields)
		return text, nil
	}
	return arg.Value, nil
}

func (b *fakeBackend) call(ctx context.Context, step engine.Step, args []json.RawMessage) fakeStep {
	output, err := b.body(ctx, step, args)
	if err == nil {
		return fakeStep{output: output}
	}
	var failed *StepError
	if !errors.As(err, &failed) {
		failed = &StepError{Step: step.Name, Type: engine.TypeOf(err), Message: err.Error(), Attempts: 1}
	}
	return fakeStep{err: failed}
}

func (b *fakeBackend) body(ctx context.Context, step engine.Step, args []json.RawMessage) (json.RawMessage, error) {
	function := b.functions[step.Function]
	switch {
	case step.Function == engine.FunctionValue:
		return args[0], nil
	case step.Function == engine.FunctionSleep:
		return json.RawMessage(`"2026-01-02T03:04:05.678+00:00"`), nil
	case function.Do != nil:
		return function.Do(ctx, args)
	case function.DoTx != nil:
		return function.DoTx(ctx, b.tx, args)
	}
	more, err := function.Continue(ctx, args)
	if err != nil || more.Graph == nil {
		return more.Value, err
	}
	output, failed := b.run(ctx, *more.Graph)
	if failed != nil {
		return nil, failed
	}
	return output, nil
}
