package bench

import (
	"context"
	"time"
)

// dueSQL gives each actor a reminder that is due.
const dueSQL = `
insert into weir_internal.reminder (actor, name, created_at, at, due, catch_up, method, args)
select a.id, 'due', now(), now(), now(), 'one', $1, '1'
from weir_internal.actor as a`

// remindersDue has every actor reminded at once, and ends with the last answer.
func remindersDue(ctx context.Context, b *bench) ([]sample, error) {
	var took time.Duration
	reminders := b.config.Sizes.Reminders
	_, err := b.withActors(ctx, func(r *actorRun) error {
		if err := r.make(ctx, 0, reminders-1); err != nil {
			return err
		}
		began := time.Now()
		if _, err := r.pool.Exec(ctx, dueSQL, addName); err != nil {
			return err
		}
		if err := r.allAnswered(ctx); err != nil {
			return err
		}
		took = time.Since(began)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return []sample{b.besideRiver("reminders", "calls/s", rate(reminders, took), nil)}, nil
}

// allAnswered returns when no reminder is due and no actor has a turn.
func (r *actorRun) allAnswered(ctx context.Context) error {
	for {
		var waiting bool
		err := r.pool.QueryRow(ctx, `select exists (select from weir_internal.reminder) or exists (select from weir_internal.actor_turn)`).Scan(&waiting)
		if err != nil || !waiting {
			return err
		}
		if err := pause(ctx, endedInterval); err != nil {
			return err
		}
	}
}
