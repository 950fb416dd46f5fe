package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/pgweir/weir/sdk"
)

const actorSQL = `
select
  a.type,
  a.actor_id,
  a.status,
  a.version,
  a.waiting,
  a.worker,
  a.blocked,
  (
    select min(c.accepted_at)
    from weir.actor_calls as c
    where c.type = a.type
      and c.actor_id = a.actor_id
      and c.finished_at is null
  ) as waiting_since,
  (
    select count(*)
    from weir.reminders as r
    where r.type = a.type
      and r.actor_id = a.actor_id
  ) as reminders,
  a.queue,
  a.state,
  a.metadata,
  a.error,
  a.created_at,
  a.updated_at
from weir.actors as a
where a.type = $1
  and a.actor_id = $2`

func actorsGetCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "get TYPE ID",
		Short: "Show one actor",
		Long: `Shows a row of the view weir.actors: its status, how many calls wait and why, its state;
with when the first of those calls was accepted, and how many reminders it has.`,
		Example: "  wfadmin actors get Account ann",
		Args:    arguments("TYPE", "ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withDatabase(cmd, func(ctx context.Context, db database) error {
				for row, err := range db.query(ctx, actorSQL, args[0], args[1]) {
					if err != nil {
						return err
					}
					return printRow(cmd, row)
				}
				return fmt.Errorf("actor %s: %w", actorName(args), sdk.ErrNotFound)
			})
		},
	}
}

func actorsStateCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "state TYPE ID",
		Short:   "Print the state of an actor",
		Long:    `Prints the state that was committed last, as it is stored: JSON. It is null before the constructor has run.`,
		Example: "  wfadmin actors state Account ann | jq .Balance",
		Args:    arguments("TYPE", "ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withDatabase(cmd, func(ctx context.Context, db database) error {
				if _, err := findActor(ctx, db, args); err != nil {
					return err
				}
				var state json.RawMessage
				err := db.pool.QueryRow(ctx, `select coalesce(state, 'null') from weir.actors where type = $1 and actor_id = $2`,
					args[0], args[1]).Scan(&state)
				if err != nil {
					return err
				}
				return printOutput(cmd, state)
			})
		},
	}
}
