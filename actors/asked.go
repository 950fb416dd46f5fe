package actors

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/pgweir/weir/engine"
	"github.com/pgweir/weir/queue"
)

// queryStep is the step of a token that brings a query.
const queryStep = -2

const (
	askedSQL  = `select type, actor_id, query, args, state from weir_internal.actor_asked($1)`
	answerSQL = `select weir_internal.actor_answer($1, $2, $3)`
)

// runAsked runs the query that a token brings. Whatever keeps it from an answer it
// leaves alone: who asked sees that the token is gone, and asks again.
func (r *Runtime) runAsked(ctx context.Context, token queue.Token) {
	err := r.answerAsked(ctx, token.Job)
	if err != nil && context.Cause(ctx) == nil {
		r.config.Logger.Warn("actors: a query got no answer", "actor", token.Workflow, "error", err)
	}
}

func (r *Runtime) answerAsked(ctx context.Context, job int64) error {
	var (
		k           key
		query       string
		args, state json.RawMessage
		failure     json.RawMessage
	)
	err := r.withTimeout(ctx, func(ctx context.Context) error {
		return r.config.Pool.QueryRow(ctx, askedSQL, job).Scan(&k.typ, &k.id, &query, &args, &state)
	})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil
	case err != nil:
		return err
	}
	run, known := r.query(k.typ, query)
	if !known {
		return engine.ErrUnknownMethod
	}
	result, err := r.runQuery(ctx, run, state, args)
	if err == nil {
		err = engine.CheckPayload("result", result, r.config.Limits)
	}
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if err != nil {
		result = nil
		failure, _ = json.Marshal(engine.NewStepError(query, err, 1)) // text and numbers
	}
	return r.withTimeout(ctx, func(ctx context.Context) error {
		_, err := r.config.Pool.Exec(ctx, answerSQL, job, result, failure)
		return err
	})
}

func (r *Runtime) withTimeout(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return do(ctx)
}
