package sdk

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/pgweir/weir/engine"
)

// Limit bounds how many workflows run at once, in all processes together. It is
// stored in the database and holds until it is lifted.
type Limit struct {
	// Name is of a registered graph: the limit is for workflows started by it.
	// Exactly one of Name and Queue is set.
	Name string

	// Queue is that of root steps: the limit is for the workflows that have theirs
	// in it.
	Queue string

	// MaxRunning is how many may run, 1 or more. The others are PENDING until it is
	// their turn, in the order in which they were started.
	MaxRunning int

	// MaxPending is how many may be PENDING: a further start is ErrFull. Nil is any
	// number, 0 none.
	MaxPending *int
}

// SetLimit sets or changes a limit. What runs counts and is not stopped. Errors:
// *InputError, and Postgres' own if the user is no weir_operator.
func (c *Client) SetLimit(ctx context.Context, limit Limit) error {
	stored, err := limit.set()
	if err != nil {
		return err
	}
	return c.backend.SetRunningLimit(ctx, stored)
}

// SetLimitTx is SetLimit within tx: it holds once tx commits. Until then starts of
// the same workflows wait.
func (c *Client) SetLimitTx(ctx context.Context, tx pgx.Tx, limit Limit) error {
	stored, err := limit.set()
	if err != nil {
		return err
	}
	return c.backend.SetRunningLimitTx(ctx, tx, stored)
}

// LiftLimit removes the limit of a Name or a Queue: what is PENDING behind it runs.
// Lifting what isn't there is no error. Of limit only Name and Queue matter.
func (c *Client) LiftLimit(ctx context.Context, limit Limit) error {
	stored, err := limit.of()
	if err != nil {
		return err
	}
	return c.backend.SetRunningLimit(ctx, stored)
}

func (l Limit) of() (engine.RunningLimit, error) {
	switch {
	case (l.Name == "") == (l.Queue == ""):
		return engine.RunningLimit{}, &InputError{Field: "limit", Reason: "must have a Name or a Queue, and not both"}
	case l.Name != "":
		return engine.RunningLimit{Scope: engine.LimitName, Key: l.Name}, nil
	}
	return engine.RunningLimit{Scope: engine.LimitQueue, Key: l.Queue}, nil
}

func (l Limit) set() (engine.RunningLimit, error) {
	stored, err := l.of()
	stored.MaxRunning, stored.MaxPending = &l.MaxRunning, l.MaxPending
	return stored, err
}
