package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgweir/weir/actors"
	"github.com/pgweir/weir/engine"
)

// actorRun is a process that runs the calls it makes, on empty tables.
type actorRun struct {
	*actors.Runtime
	pool *pgxpool.Pool
}

func (b *bench) withActors(ctx context.Context, do func(*actorRun) error) (usage, error) {
	run := &actorRun{}
	return b.withHost(ctx, func(config engine.Config, _ *statementCounter) (_ host, err error) {
		run.pool = config.Pool
		run.Runtime, err = actors.New(actors.Config{Engine: config, Types: []actors.Type{counterType()}})
		return run.Runtime, err
	}, func() error { return do(run) })
}

const (
	counterName = "Counter"
	addName     = "add"
	getName     = "get"
)

// counterType counts its calls.
func counterType() actors.Type {
	return actors.Type{
		Name:      counterName,
		Construct: func(context.Context, json.RawMessage) (any, error) { return new(int), nil },
		Decode: func(state json.RawMessage) (any, error) {
			var n int
			return &n, json.Unmarshal(state, &n)
		},
		Encode: func(state any) (json.RawMessage, error) { return json.Marshal(state) },
		Methods: map[string]actors.Method{
			addName: {Do: func(_ context.Context, state any, _ json.RawMessage) (json.RawMessage, error) {
				n := state.(*int)
				*n++
				return json.RawMessage(strconv.Itoa(*n)), nil
			}},
		},
		Queries: map[string]actors.Query{
			getName: func(_ context.Context, state, _ json.RawMessage) (json.RawMessage, error) { return state, nil },
		},
	}
}

func actorID(n int) string { return "actor-" + strconv.Itoa(n) }

// call calls an actor and waits for the answer.
func (r *actorRun) call(ctx context.Context, n int) error {
	_, err := r.RunCall(ctx, actors.CallParams{Type: counterName, ID: actorID(n), Method: addName, Args: json.RawMessage("1")})
	return err
}

func (r *actorRun) query(ctx context.Context, n int) error {
	_, err := r.QueryActor(ctx, counterName, actorID(n), getName, json.RawMessage("null"))
	return err
}

// makeActorsSQL makes actors that have answered their constructors' calls, and leaves the
// tables as autovacuum would.
const makeActorsSQL = `
with made as (
  insert into weir_internal.actor (
    id, created_at, type, actor_id, queue, args, metadata, status, accepted, answered, updated_at, version, state
  )
  select nextval('weir_internal.workflow_id_seq'), now(), $1, $2 || n, 'default', 'null', '{}', 'READY', 1, 1, now(), 1, '0'
  from generate_series($3::int, $4::int) as n
  returning id
)
insert into weir_internal.actor_call (actor, seq, accepted_at, method, status, attempt, started_at, finished_at, result)
select m.id, 1, now(), '', 'SUCCESSFUL', 1, now(), now(), 'null'
from made as m`

// make makes the actors from first to last.
func (r *actorRun) make(ctx context.Context, first, last int) error {
	if _, err := r.pool.Exec(ctx, makeActorsSQL, counterName, "actor-", first, last); err != nil {
		return fmt.Errorf("making actors: %w", err)
	}
	_, err := r.pool.Exec(ctx, `vacuum analyze weir_internal.actor, weir_internal.actor_call`)
	return err
}
