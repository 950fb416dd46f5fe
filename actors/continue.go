package actors

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgweir/weir/engine"
	"github.com/pgweir/weir/internal/batch"
)

// continues is inTx for a call whose method may return a graph.
func (t *turn) continues(ctx context.Context, c call, a answer) error {
	good := t.good
	t.clean = !t.dirty
	var next engine.Continuation
	_, state, err := t.attemptWith(ctx, c, func(ctx context.Context) (result json.RawMessage, err error) {
		next, err = t.code.Methods[c.method].Continue(ctx, t.state, c.args)
		if err == nil {
			err = next.Check((*engine.Graph).Validate, t.config.Limits)
		}
		if next.Graph != nil {
			return json.RawMessage("null"), err
		}
		return next.Value, err
	})
	if err != nil {
		return err
	}
	t.keep(state)
	if next.Graph == nil {
		a.result = next.Value
		t.add(a)
		if err := t.commit(ctx, passGoOn); err != nil {
			return fmt.Errorf("%w: %w", errInDoubt, err)
		}
		return nil
	}
	err = t.startContinuation(ctx, c, a, *next.Graph)
	if err != nil {
		t.good = good
	}
	return err
}

// beginSQL has the server end the transaction of a process that stops in the middle:
// it holds the actor.
const beginSQL = `begin; set local idle_in_transaction_session_timeout = 2000`

const continueSQL = `select * from weir_internal.actor_continue($1, $2, $3, $4, $5, $6, $7, $8)`

// startContinuation starts the workflow that the call goes on as, in the transaction
// in which the call says so. An error that isn't errInDoubt says that nothing was
// committed.
func (t *turn) startContinuation(ctx context.Context, c call, a answer, graph engine.Graph) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), batch.Patience)
	defer cancel()

	tx, err := t.config.Pool.BeginTx(ctx, pgx.TxOptions{BeginQuery: beginSQL})
	if err != nil {
		return fmt.Errorf("%w: %w", errInDoubt, err)
	}
	defer func() { _ = tx.Rollback(ctx) }() // after a commit it does nothing

	id := continuationID(t.actor, c.seq)
	_, err = t.StartWorkflowTx(ctx, tx, engine.StartParams{
		ID: id, Name: t.typ + "." + c.method, Graph: graph, OnExisting: engine.OnExistingReject,
	})
	var found []hand
	if err == nil {
		var state json.RawMessage
		if t.dirty {
			state = t.good
		}
		found, err = hands(ctx, tx, continueSQL, t.crew.worker, t.actor, t.epoch, a.seq, a.attempt, time.Since(a.began).Seconds(), state, id)
	}
	lost := len(found) == 1 && found[0].verdict == verdictLost
	if err == nil && !lost {
		err = tx.Commit(ctx)
	}
	switch {
	case lost:
		t.calls = nil
		return nil
	case errors.Is(err, engine.ErrLost):
		return err
	case errors.Is(err, engine.ErrFull): // another attempt may find room
		return fmt.Errorf("starting the returned graph: %w", err)
	case batch.IsRefused(err) || errors.Is(err, engine.ErrInput) || errors.Is(err, engine.ErrExists):
		return engine.Permanent(fmt.Errorf("starting the returned graph: %w", err))
	case err != nil:
		return fmt.Errorf("%w: %w", errInDoubt, err)
	}
	t.calls, t.dirty = nil, false
	for i := range found {
		t.calls = append(t.calls, found[i].call)
	}
	t.PokeTimers()
	return nil
}

// continuationID is the id of the workflow as which a call goes on.
func continuationID(actor, seq int64) string {
	return "weir.call/" + strconv.FormatInt(actor, 10) + "/" + strconv.FormatInt(seq, 10)
}
