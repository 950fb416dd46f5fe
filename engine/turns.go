package engine

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/pgweir/weir/internal/caller"
	"github.com/pgweir/weir/queue"
)

// Turns runs the turns of actors, for which an engine is the host.
type Turns interface {
	// Functions are the names by which workers are known to run them.
	Functions() []string

	// RunTurn works on a token that names an actor instead of a workflow, which its
	// negative step says, until nothing of it is held any more. Its context
	// ends with ErrLost when there is nothing left to give back, and with
	// ErrStopping when all has to be.
	RunTurn(ctx context.Context, worker string, token queue.Token)

	// CallFrom has the call of a FunctionCall step accepted, and the step parked. It
	// is nil as well if the step is no longer the worker's. An error made by
	// Permanent is the step's; with any other nobody knows whether it was done.
	CallFrom(ctx context.Context, step caller.Caller, settings, arg json.RawMessage) error
}

// call has the step make a call of an actor. Whoever answers that ends the step.
func (t *thread) call(b *body, args []json.RawMessage) error {
	step := caller.Caller{Workflow: b.step.workflow, Step: &b.step.no, Epoch: &b.step.epoch, Attempt: b.step.attempt}
	err := t.config.Turns.CallFrom(context.WithoutCancel(b.ctx), step, args[0], args[1])
	if IsPermanent(err) {
		return t.failed(b, err)
	}
	return err
}

// runTurn gives back what another process was meant to get.
func (e *Engine) runTurn(ctx context.Context, worker string, token queue.Token) {
	if e.config.Turns == nil {
		t := &thread{Engine: e, crew: e.crewOf(worker), token: token}
		t.giveBack(ctx, errors.New("a step of this process has the name of an actor's method"))
		return
	}
	e.config.Turns.RunTurn(ctx, worker, token)
}

// Shift is work under this process' worker id that no token has brought; false
// when there is to be none. See queue.Shift.
func (e *Engine) Shift() (*queue.Shift, bool) {
	if e.worker == nil {
		return nil, false
	}
	return e.worker.Shift()
}

// ReportLost says that the database has refused a call since the id is lost.
func (e *Engine) ReportLost(worker string) { e.worker.ReportLost(worker) }

// Draining reports whether what runs is to yield.
func (e *Engine) Draining() bool { return e.worker.Draining() }
