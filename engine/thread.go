package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/pgweir/weir/internal/batch"
	"github.com/pgweir/weir/queue"
)

// A thread yields after this much, so that a long chain doesn't hold a slot that
// others wait for.
const (
	threadSteps = 50
	threadTime  = 2 * time.Second
)

// thread works on one token: the step it names and what is handed to it after. When
// that is done it may take over a start of this process, under a token that River
// doesn't know.
type thread struct {
	*Engine
	crew    *crew
	token   queue.Token
	began   time.Time // with its token
	steps   int
	own     bool      // River doesn't finish the token's job
	over    bool      // the last checkpoint has removed it
	lingers time.Time // until when it takes over starts
}

// errInDoubt says that the thread can't tell what it holds: it gives its token
// back.
var errInDoubt = errors.New("engine: outcome of a call is unknown")

// runToken is what the queue calls for each token.
func (e *Engine) runToken(ctx context.Context, worker string, token queue.Token) {
	ctx, end := WithOwnCauses(ctx)
	defer end()
	if token.Step < 0 {
		e.runTurn(ctx, worker, token)
		return
	}
	now := time.Now()
	t := &thread{Engine: e, crew: e.crewOf(worker), token: token, began: now, lingers: now.Add(threadTime)}

	defer t.giveBackOwn(ctx)
	held, err := t.claim(ctx)
	if held != nil {
		e.idlers.occupy(held.queue)
		defer e.idlers.vacate(held.queue)
	}
	for err == nil && held != nil {
		queue := held.queue
		held, err = t.step(ctx, held)
		if held == nil && err == nil {
			held = t.takeStart(ctx, queue)
		}
	}
	if err != nil {
		t.giveBack(ctx, err)
	}
}

// claim returns what the token names, nil if there is nothing to do for it.
func (t *thread) claim(ctx context.Context) (*assignment, error) {
	item := &claimItem{token: t.token}
	if err := t.crew.claims.Do(context.WithoutCancel(ctx), item); err != nil {
		return nil, err
	}
	return item.reply.next, nil
}

// takeStart has nothing left to do for the token, and returns what the thread was
// handed by a start instead, nil if none came.
func (t *thread) takeStart(ctx context.Context, queue string) *assignment {
	if t.isLost(ctx) {
		return nil
	}
	i := &idler{worker: t.crew.worker, done: t.token.Job, finished: t.over, gift: make(chan *assignment, 1)}
	var a *assignment
	if ctx.Err() == nil && time.Now().Before(t.lingers) && !t.Draining() {
		a = t.idlers.linger(ctx, queue, i)
	}
	if i.doubt != "" {
		t.worker.GiveBack(context.WithoutCancel(ctx), t.crew.worker, i.doubt)
	}
	if t.own {
		t.finishOwn(ctx, i)
	}
	if a != nil {
		t.token, t.own, t.over, t.began, t.steps = i.token, true, false, time.Now(), 0
		t.worker.Hold(t.crew.worker, t.token.Job)
	}
	return a
}

// isLost says that what the thread held may be under its token still: it is taken
// away with the worker, and the token with it.
func (t *thread) isLost(ctx context.Context) bool { return errors.Is(context.Cause(ctx), ErrLost) }

// finishOwn finishes the token's job unless a checkpoint or a start has done so. If
// that fails the queue's reconciliation does: nothing is held under it.
func (t *thread) finishOwn(ctx context.Context, i *idler) {
	if !i.finished {
		_ = t.crew.completions.Do(context.WithoutCancel(ctx), &t.token.Job)
	}
	t.worker.Drop(t.crew.worker, t.token.Job)
}

// giveBackOwn gives back what a panic has left under a token of the thread's own:
// the queue, which recovers it, knows the first one only.
func (t *thread) giveBackOwn(ctx context.Context) {
	value := recover()
	if value == nil {
		return
	}
	if t.own {
		t.giveBack(ctx, fmt.Errorf("panic: %v", value))
	}
	panic(value)
}

// step runs a held step, records how it ended, and returns what is held then.
func (t *thread) step(ctx context.Context, a *assignment) (*assignment, error) {
	t.steps++
	b := t.begin(ctx, a)
	defer b.end()

	function := t.functions[a.function]
	args, err := t.templates.resolve(a.args, a.inputs)
	switch {
	case err != nil:
		return nil, t.failed(b, Permanent(err))
	case a.function == FunctionCall:
		return nil, t.call(b, args)
	case function.DoTx != nil:
		return t.doTx(b, function, args)
	case function.Continue != nil:
		return t.doContinue(b, function, args)
	default:
		return t.do(b, function, args)
	}
}

func (t *thread) do(b *body, function Function, args []json.RawMessage) (*assignment, error) {
	var output json.RawMessage
	err := b.run(func(ctx context.Context) (err error) {
		output, err = function.Do(ctx, args)
		return err
	})
	if err == nil {
		err = t.checkOutput(output)
	}
	if err != nil {
		return nil, t.failed(b, err)
	}
	return t.succeeded(b, output)
}

func (t *thread) doContinue(b *body, function Function, args []json.RawMessage) (*assignment, error) {
	var continuation Continuation
	err := b.run(func(ctx context.Context) (err error) {
		continuation, err = function.Continue(ctx, args)
		return err
	})
	if err == nil {
		err = t.checkContinuation(continuation)
	}
	switch {
	case err != nil:
		return nil, t.failed(b, err)
	case continuation.Graph != nil:
		return t.delegate(b, continuation.Graph)
	default:
		return t.succeeded(b, continuation.Value)
	}
}

// succeeded checkpoints the output and returns what the thread goes on with.
func (t *thread) succeeded(b *body, output json.RawMessage) (*assignment, error) {
	item := t.checkpoint(b, output)
	if err := t.crew.advances.Do(context.WithoutCancel(b.ctx), item); err != nil {
		if batch.IsRefused(err) {
			return nil, t.failed(b, Permanent(err))
		}
		return nil, err
	}
	return t.proceed(b, item), nil
}

func (t *thread) checkpoint(b *body, output json.RawMessage) *advanceItem {
	return &advanceItem{
		job:      t.token.Job,
		workflow: b.step.workflow,
		no:       b.step.no,
		epoch:    b.step.epoch,
		attempt:  b.step.attempt,
		took:     time.Since(b.began).Seconds(),
		output:   output,
		pass:     t.pass(b.step),
	}
}

// pass decides how the thread goes on after a step.
func (t *thread) pass(a *assignment) pass {
	switch {
	case t.spent():
		return passYield
	case len(a.followers) > 0 && t.canRun(&a.followers[0]):
		return passRun
	default:
		return passHand
	}
}

func (t *thread) spent() bool {
	return t.steps >= threadSteps || time.Since(t.began) >= threadTime || t.Draining()
}

// proceed acts on what a checkpoint's reply says.
func (t *thread) proceed(b *body, item *advanceItem) *assignment {
	r := item.reply
	if r.finished {
		t.waiters.finished(item.workflow, Outcome{Status: StatusSuccessful, Output: item.output})
	}
	if r.sleeping {
		t.timers.poke()
	}
	if item.pass == passRun && !r.lost && !r.stopped {
		return b.step.follow(item.output)
	}
	t.over = r.next == nil && !r.lost && !r.stopped
	return r.next
}

// failed records that the body failed, unless it was made to end.
func (t *thread) failed(b *body, err error) error {
	switch cause := context.Cause(b.ctx); {
	case errors.Is(cause, ErrLost), errors.Is(cause, ErrCanceled):
		return nil // nothing is held any more
	case errors.Is(cause, ErrStopping):
		return errInDoubt
	}
	ended, recordErr := t.recordFailure(context.WithoutCancel(b.ctx), b, err)
	if recordErr != nil {
		return recordErr
	}
	if ended {
		t.waiters.poke(b.step.workflow)
	}
	t.timers.poke()
	return nil
}

// WithOwnCauses returns a context that ends with ctx, and with this package's
// error for what the queue says: users know no other.
func WithOwnCauses(ctx context.Context) (context.Context, context.CancelFunc) {
	own, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		switch cause := context.Cause(ctx); {
		case errors.Is(cause, queue.ErrLost):
			cancel(ErrLost)
		case errors.Is(cause, queue.ErrStopping):
			cancel(ErrStopping)
		default:
			cancel(cause)
		}
	})
	return own, func() {
		stop()
		cancel(nil)
	}
}
