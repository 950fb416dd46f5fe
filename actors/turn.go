package actors

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/pgweir/weir/engine"
	"github.com/pgweir/weir/queue"
)

const (
	// turnTime is after how long a turn goes back to River.
	turnTime = 2 * time.Second

	// An answer waits this long, or for this many others, before it is committed.
	commitAfter   = 20 * time.Millisecond
	commitAnswers = 100
	commitBytes   = 4 << 20
)

// errInDoubt says that the turn can't tell what it holds: it is given back.
var errInDoubt = errors.New("actors: outcome of a call is unknown")

// turn runs the calls that a worker was granted, and those that follow.
type turn struct {
	*Runtime
	*grant
	crew   *crew
	code   *Type
	job    *int64 // the River job that brought it, if one did
	cancel context.CancelCauseFunc
	began  time.Time

	state any             // nil: it has to be decoded from good
	good  json.RawMessage // the state after the last call that succeeded
	dirty bool            // good is not committed
	clean bool            // it was when the call began; a commit beside the call sets dirty

	answered int64
	answers  []answer // not committed
	bytes    int      // of answers
	first    time.Time
	failed   answer // of the call at the head
}

// RunTurn runs the turn, or the query, that a token brings.
func (r *Runtime) RunTurn(ctx context.Context, worker string, token queue.Token) {
	if token.Step == queryStep {
		r.runAsked(ctx, token)
		return
	}
	item := &claimItem{token: token}
	crew := r.crewOf(worker)
	err := crew.claims.Do(context.WithoutCancel(ctx), item)
	switch {
	case err != nil:
		t := &turn{Runtime: r, crew: crew, job: &token.Job, grant: &grant{actor: token.Workflow}}
		t.giveBack(ctx, err)
	case item.grant != nil:
		r.run(ctx, crew, &token.Job, item.grant)
	}
}

// runGrant runs a turn that began with a call.
func (r *Runtime) runGrant(shift *queue.Shift, g *grant) {
	ctx, end := engine.WithOwnCauses(shift.Context())
	defer end()
	r.run(ctx, r.crewOf(shift.Worker), nil, g)
}

func (r *Runtime) run(ctx context.Context, crew *crew, job *int64, g *grant) {
	t := &turn{
		Runtime: r, grant: g, crew: crew, code: r.types[g.typ], job: job, began: time.Now(),
		good: g.state, answered: g.calls[0].seq - 1,
	}
	ctx, t.cancel = context.WithCancelCause(ctx)
	defer t.cancel(nil)
	r.running.add(t)
	defer r.running.remove(t)

	for len(t.calls) > 0 {
		if err := t.step(ctx); err != nil {
			t.giveBack(ctx, err)
			return
		}
	}
}

// step runs calls until something is to be committed, and commits it.
func (t *turn) step(ctx context.Context) error {
	if c := t.calls[0]; t.mayRun(ctx, c) && t.isAlone(c) {
		return t.stepAlone(ctx, c)
	}
	p, err := t.runCalls(ctx)
	if err != nil {
		return err
	}
	if errors.Is(context.Cause(ctx), engine.ErrLost) {
		t.calls = nil // nothing is held any more
		return nil
	}
	return t.commit(ctx, p)
}

// runCalls says how to go on after the answers that are there then.
func (t *turn) runCalls(ctx context.Context) (pass, error) {
	for len(t.calls) > 0 && !t.due() {
		c := t.calls[0]
		if !t.mayRun(ctx, c) {
			return passYield, nil
		}
		if t.isAlone(c) {
			break
		}
		a, p, err := t.runCall(ctx, c)
		if err != nil || p != "" {
			t.failed = a
			return p, err
		}
		t.add(a)
	}
	return passGoOn, nil
}

// mayRun reports whether this process is to run a call, rather than others.
func (t *turn) mayRun(ctx context.Context, c call) bool {
	return t.code.knows(c.method) && ctx.Err() == nil && time.Since(t.began) < turnTime && !t.Draining()
}

func (t *turn) isAlone(c call) bool { return t.code.Methods[c.method].alone() }

// due reports whether the answers have waited enough.
func (t *turn) due() bool {
	return len(t.answers) > 0 &&
		(t.careful || len(t.answers) >= commitAnswers || t.bytes >= commitBytes || time.Since(t.first) >= commitAfter)
}

// add notes the answer of the call at the head.
func (t *turn) add(a answer) {
	if len(t.answers) == 0 {
		t.first = time.Now()
	}
	t.answers = append(t.answers, a)
	t.bytes += len(a.result) + len(a.failure)
	t.answered = a.seq
	t.calls = t.calls[1:]
}

// runCall runs the call at the head. A pass says that it has no answer: it was
// interrupted, or has failed in a way that is not the call's alone.
func (t *turn) runCall(ctx context.Context, c call) (answer, pass, error) {
	began := time.Now()
	t.clean = !t.dirty
	result, state, err := t.withFlush(ctx, func() (json.RawMessage, json.RawMessage, error) { return t.attempt(ctx, c) })
	switch {
	case errors.Is(err, errInDoubt):
		return answer{}, "", err
	case errors.Is(context.Cause(ctx), engine.ErrLost):
		return answer{}, passYield, nil
	}
	a := answer{seq: c.seq, method: c.method, attempt: c.attempt + 1, began: began, result: result}
	if err != nil {
		t.state = nil
		return t.fail(ctx, c, a, err)
	}
	t.keep(state)
	return a, "", nil
}

// keep makes state what the next call begins with.
func (t *turn) keep(state json.RawMessage) {
	if !bytes.Equal(state, t.good) {
		t.good, t.dirty = state, true
	}
}

// fail says what follows from the failure of the call at the head.
func (t *turn) fail(ctx context.Context, c call, a answer, err error) (answer, pass, error) {
	if context.Cause(ctx) != nil {
		return answer{}, passYield, nil // not a failed attempt
	}
	policy, policyErr := decodePolicy(c.policy)
	a.result = nil
	a.failure, _ = json.Marshal(engine.NewStepError(c.method, err, int(a.attempt))) // text and numbers
	switch {
	case policyErr == nil && policy.retries() && !engine.IsPermanent(err):
		return a, passRetry, nil
	case c.method == "" || policy.Block:
		return a, passGiveUp, nil
	}
	return a, "", nil
}

// ran is what a call led to.
type ran struct {
	result, state json.RawMessage
	err           error
}

// withFlush has run run, and commits meanwhile the answers of the calls before it
// when they have waited enough.
func (t *turn) withFlush(ctx context.Context, run func() (result, state json.RawMessage, err error)) (result, state json.RawMessage, err error) {
	if len(t.answers) == 0 {
		return run()
	}
	done := make(chan ran, 1)
	go func() {
		var r ran
		r.result, r.state, r.err = run()
		done <- r
	}()
	timer := time.NewTimer(commitAfter - time.Since(t.first))
	defer timer.Stop()
	select {
	case r := <-done:
		return r.result, r.state, r.err
	case <-timer.C:
	}
	flushErr := t.commit(ctx, passGoOn)
	if flushErr != nil || len(t.calls) == 0 {
		t.cancel(engine.ErrLost)
	}
	r := <-done
	if flushErr != nil {
		return nil, nil, fmt.Errorf("%w: %w", errInDoubt, flushErr)
	}
	return r.result, r.state, r.err
}

// commit commits the answers, and gets the calls to go on with.
func (t *turn) commit(ctx context.Context, p pass) error {
	item := t.item(p)
	if err := t.crew.commits.Do(context.WithoutCancel(ctx), item); err != nil {
		return err
	}
	t.committed(item)
	return nil
}

func (t *turn) item(p pass) *commitItem {
	item := &commitItem{actor: t.actor, epoch: t.epoch, answered: t.answered, answers: t.answers, pass: p, failed: t.failed}
	if t.dirty {
		item.state = t.good
	}
	return item
}

// committed is told what became of a commit, and tells those who wait.
func (t *turn) committed(item *commitItem) {
	t.calls = item.next
	if item.replied {
		t.PokeTimers()
	}
	if item.lost {
		return
	}
	for _, a := range t.answers {
		t.tell(a)
	}
	if item.pass == passRetry || item.pass == passGiveUp {
		t.waiters.Poke(t.actor)
	}
	t.answers, t.bytes, t.dirty, t.failed = nil, 0, false, answer{}
}
