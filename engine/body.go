package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/pgweir/weir/internal/caller"
	"github.com/pgweir/weir/queue"
)

// body is one attempt of a step in this process.
type body struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	bodies *bodies
	step   *assignment
	job    int64
	began  time.Time
}

// begin makes the context in which the step's function runs, and lists the body
// as running.
func (t *thread) begin(ctx context.Context, a *assignment) *body {
	ctx = withInfo(ctx, StepInfo{
		WorkflowID:     a.workflowID,
		Step:           a.name,
		Attempt:        int(a.attempt),
		IdempotencyKey: idempotencyKey(a),
	})
	ctx = caller.With(ctx, caller.Caller{Workflow: a.workflow, Step: &a.no})
	ctx, cancel := context.WithCancelCause(ctx)
	b := &body{ctx: ctx, cancel: cancel, bodies: &t.bodies, step: a, job: t.token.Job, began: time.Now()}
	t.bodies.add(b)
	return b
}

// end takes the body off the list. It may be called more than once.
func (b *body) end() {
	b.bodies.remove(b)
	b.cancel(nil)
}

// idempotencyKey holds the workflow's key beside its id, which a later workflow
// may have after this one's deletion.
func idempotencyKey(a *assignment) string {
	return a.workflowID + "/" + strconv.FormatInt(a.workflow, 10) + "/" + strconv.Itoa(int(a.no))
}

// run calls the step's function.
func (b *body) run(call func(context.Context) error) error {
	return Attempt(b.ctx, b.step.policy, call)
}

// Attempt calls a function within the timeout of a stored policy. A panic is an
// error with its stack.
func Attempt(ctx context.Context, policy json.RawMessage, call func(context.Context) error) (err error) {
	timeout, err := timeoutOf(policy)
	if err != nil {
		return Permanent(err)
	}
	if timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, timeout, ErrTimeout)
		defer cancel()
	}
	defer func() {
		if value := recover(); value != nil {
			err = &panicError{value: value, stack: debug.Stack()}
		}
	}()

	err = call(ctx)
	switch {
	case !errors.Is(context.Cause(ctx), ErrTimeout):
		return err
	case err == nil:
		return fmt.Errorf("%w after %s: what it returned later doesn't count", ErrTimeout, timeout)
	default:
		return fmt.Errorf("%w after %s: %w", ErrTimeout, timeout, err)
	}
}

// panicError is what a function panicked with.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string     { return fmt.Sprintf("panic: %v", e.value) }
func (e *panicError) ErrorType() string { return TypeOf(ErrPanic) }

// held is the body as the queue's beat reports it.
func (b *body) held() queue.Held {
	return queue.Held{
		Workflow:  b.step.workflow,
		Step:      b.step.no,
		Epoch:     b.step.epoch,
		Job:       b.job,
		Attempt:   b.step.attempt,
		StartedAt: b.began,
	}
}
