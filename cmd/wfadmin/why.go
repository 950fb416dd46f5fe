package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/spf13/cobra"

	"github.com/pgweir/weir/sdk"
)

// What is waited for comes before those that wait for it.
const whySQL = `
select step, function, queue, state, reason, detail, until, since
from weir.blocked
where workflow_id = $1
  and ($2 = '' or step = $2)
order by state in ('waiting', 'delegated', 'halted'), since, step`

func whyCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "why ID [STEP]",
		Short: "Say why nothing happens: what each step waits for, and since when",
		Long: `Lists rows of the view weir.blocked: each step that isn't done and isn't run just now,
with the reason. Those that only wait for other steps come last.`,
		Example: "  wfadmin why trip-1\n  wfadmin why trip-1 book_hotel",
		Args:    arguments("ID", "[STEP]"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, step := args[0], append(args, "")[1]
			return withDatabase(cmd, func(ctx context.Context, db database) error {
				none, err := db.notBlocked(ctx, id, step)
				if err != nil {
					return err
				}
				blocked := listing{columns: []string{"step", "state", "reason", "detail", "until", "since"}, none: none}
				return blocked.print(cmd, db.query(ctx, whySQL, id, step))
			})
		},
	}
}

// notBlocked is what to say of a workflow, or of a step of it, that nothing holds up.
func (db database) notBlocked(ctx context.Context, id, step string) (string, error) {
	status, err := db.client.Status(ctx, id)
	if err != nil || step == "" {
		return fmt.Sprintf("Nothing is held up: the workflow is %s.", status), err
	}
	var state string
	err = db.pool.QueryRow(ctx, `select state from weir.steps where workflow_id = $1 and name = $2`, id, step).Scan(&state)
	if errors.Is(err, pgx.ErrNoRows) {
		err = fmt.Errorf("%w: %q of %q", sdk.ErrStepNotFound, step, id)
	}
	return fmt.Sprintf("The step is not held up: it is %s.", state), err
}
