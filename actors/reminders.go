package actors

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgweir/weir/engine"
)

// Reminder is one that is set.
type Reminder struct {
	// Name is unique for its actor.
	Name string

	// Method and Args are what its ticks call.
	Method string
	Args   json.RawMessage

	// Due is its next tick.
	Due time.Time

	// Every is the time from tick to tick, 0 if there is one.
	Every time.Duration

	// CatchUp is what becomes of missed ticks: all, one or none.
	CatchUp string

	// Calls is how many calls it has made since it was set.
	Calls int64

	// CreatedAt is when it was set.
	CreatedAt time.Time
}

const remindersSQL = `
select name, method, args, due, coalesce(every, '0'), catch_up, calls, created_at
from weir.reminders
where type = $1
  and actor_id = $2
order by name`

// Reminders returns the reminders of an actor that have a tick to come, by name. An
// actor that doesn't exist has none. Error: *engine.InputError.
func (r *Runtime) Reminders(ctx context.Context, typ, id string) ([]Reminder, error) {
	if err := checkKey(typ, id); err != nil {
		return nil, err
	}
	rows, _ := r.config.Pool.Query(ctx, remindersSQL, typ, id)
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Reminder])
	return found, engine.FromDatabase(err)
}
