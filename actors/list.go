package actors

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"github.com/pgweir/weir/engine"
)

// Listed is an actor that a list found.
type Listed struct {
	// Type and ID name it.
	Type, ID string

	// Status is CREATING, READY, CONTINUING, FAILED or BLOCKED.
	Status string

	// Version is how often its state was written.
	Version int64

	// Waiting is how many calls are not answered yet.
	Waiting int64

	// State is the committed state, nil if it has none yet.
	State json.RawMessage

	// Metadata is what was given when it was created, a JSON object.
	Metadata json.RawMessage

	// CreatedAt is when it was created, UpdatedAt when it last answered a call.
	CreatedAt, UpdatedAt time.Time
}

const listSQL = `
select type, actor_id, status, version, waiting, state, metadata, created_at, updated_at
from weir.actors
where type = $1
  and actor_id collate "C" > coalesce($2, '')
order by actor_id collate "C"
limit $3`

// ListActors returns the actors of a type after an id, in the order of their ids.
func (r *Runtime) ListActors(ctx context.Context, typ, after string, limit int) ([]Listed, error) {
	if err := CheckType(typ); err != nil {
		return nil, err
	}
	rows, _ := r.config.Pool.Query(ctx, listSQL, typ, zeronull.Text(after), limit)
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Listed])
	return found, engine.FromDatabase(err)
}
