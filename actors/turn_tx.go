package actors

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/pgweir/weir/engine"
	"github.com/pgweir/weir/internal/batch"
)

// stepAlone runs the call at the head, which commits what it led to by itself.
func (t *turn) stepAlone(ctx context.Context, c call) error {
	a := answer{seq: c.seq, method: c.method, attempt: c.attempt + 1, began: time.Now()}
	run := t.inTx
	if t.code.Methods[c.method].Continue != nil {
		run = t.continues
	}
	err := run(ctx, c, a)
	if err == nil || errors.Is(err, errInDoubt) || errors.Is(err, engine.ErrLost) {
		return err
	}
	t.state, t.dirty = nil, false
	a, p, _ := t.fail(ctx, c, a, err)
	switch p {
	case "":
		t.add(a)
		p = passGoOn
	default:
		t.failed = a
	}
	return t.commit(ctx, p)
}

// inTx is the attempt and the commit of a call that writes in the transaction which
// also commits what it led to. An error that isn't errInDoubt is the attempt's:
// nothing was committed.
func (t *turn) inTx(ctx context.Context, c call, a answer) error {
	tx, end, err := t.BeginTx(ctx)
	if err != nil {
		return t.interrupted(ctx, err)
	}
	defer end()

	good := t.good
	t.clean = !t.dirty
	result, state, err := t.attemptWith(ctx, c, func(ctx context.Context) (json.RawMessage, error) {
		return t.code.Methods[c.method].DoTx(ctx, engine.Managed(tx), t.state, c.args)
	})
	if err == nil {
		err = engine.CheckTx(tx)
	}
	if err != nil {
		return err
	}
	a.result = result
	t.keep(state)

	commitCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), batch.Patience)
	defer cancel()
	item := &commitItem{actor: t.actor, epoch: t.epoch, answered: a.seq, answers: []answer{a}, pass: passGoOn}
	if t.dirty {
		item.state = t.good
	}
	err = commitTx(commitCtx, tx, t.crew.worker, item)
	if err == nil && item.lost {
		t.calls = nil
		return nil // rolled back: what the body wrote is not to stay
	}
	if err == nil {
		if err = tx.Commit(commitCtx); err != nil && !batch.IsAnswer(err) {
			return fmt.Errorf("%w: %w", errInDoubt, err)
		}
	}
	if err != nil {
		t.good = good
		return fmt.Errorf("recording the call: %w", err)
	}
	t.answers, t.answered = item.answers, a.seq
	t.committed(item)
	return nil
}

// interrupted is what becomes of a turn that could not begin a transaction.
func (t *turn) interrupted(ctx context.Context, err error) error {
	if context.Cause(ctx) != nil {
		return err // fail knows why
	}
	return fmt.Errorf("%w: %w", errInDoubt, err)
}
