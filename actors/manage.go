package actors

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"

	"github.com/pgweir/weir/engine"
)

// FindActor returns an actor that exists. Error: engine.ErrNotFound.
func (r *Runtime) FindActor(ctx context.Context, typ, id string) (Actor, error) {
	if err := checkKey(typ, id); err != nil {
		return Actor{}, err
	}
	found := Actor{key: key{typ, id}}
	err := r.config.Pool.QueryRow(ctx, `select id from weir_internal.known_actor($1, $2)`, typ, id).Scan(&found.actor)
	return found, engine.FromDatabase(err)
}

// DeleteActor removes everything of an actor, calls that wait included. What runs of
// it just now records nothing. Error: engine.ErrNotFound.
func (r *Runtime) DeleteActor(ctx context.Context, typ, id string) error {
	return steer(ctx, r.config.Pool, `select true from weir.actor_delete($1, $2)`, typ, id, new(bool))
}

// DeleteActorTx is DeleteActor in the caller's transaction.
func (r *Runtime) DeleteActorTx(ctx context.Context, tx pgx.Tx, typ, id string) error {
	return steer(ctx, tx, `select true from weir.actor_delete($1, $2)`, typ, id, new(bool))
}

// ResumeActor has the call that blocks an actor run again, and those behind it.
// Others are left as they are. Error: engine.ErrNotFound.
func (r *Runtime) ResumeActor(ctx context.Context, typ, id string) error {
	return steer(ctx, r.config.Pool, `select weir.actor_resume($1, $2)`, typ, id, new(string))
}

// SetActorState replaces the state of an actor that has the expected version, and
// returns the new version. Errors: engine.ErrNotFound, engine.ErrVersion,
// *engine.InputError.
func (r *Runtime) SetActorState(ctx context.Context, typ, id string, state json.RawMessage, expected int64, reason string) (version int64, err error) {
	if err := engine.CheckPayload("state", state, r.config.Limits); err != nil {
		return 0, err
	}
	err = steer(ctx, r.config.Pool, `select weir.actor_set_state($1, $2, $3, $4, $5)`, typ, id, &version, state, expected, reason)
	return version, err
}

// steer calls one of Weir's public functions for an actor.
func steer(ctx context.Context, db querier, sql, typ, id string, result any, args ...any) error {
	if err := checkKey(typ, id); err != nil {
		return err
	}
	return engine.FromDatabase(db.QueryRow(ctx, sql, append([]any{typ, id}, args...)...).Scan(result))
}
