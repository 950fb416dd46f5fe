package sdk

import (
	"cmp"
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgweir/weir/actors"
)

// RemindOpts say when a reminder calls its method. At or Every has to be set.
type RemindOpts struct {
	// Name is unique for its actor: 1-255 bytes without control characters.
	//
	// Defaults to the name of the method.
	Name string

	// At is the first tick, on the database's clock. It may have passed.
	//
	// Defaults to Every from now.
	At time.Time

	// Every is the time from tick to tick, from 100 ms on. It is kept exactly: a tick
	// that is late makes no other one late.
	//
	// Defaults to none: there is one tick.
	Every time.Duration

	// CatchUp says what becomes of ticks that are missed.
	//
	// Defaults to CatchUpOne.
	CatchUp CatchUp
}

// CatchUp says what becomes of a reminder's ticks that are missed, because no process
// was there, or had time. A tick is missed if it is more than a minute late, or if
// the next one is due, too.
type CatchUp string

// With CatchUpOne and CatchUpNone, and Every, a tick makes no call while the last call
// of its reminder is unanswered, so a slow or blocked actor doesn't gather them.
const (
	// CatchUpAll makes a call for each, in their order.
	CatchUpAll CatchUp = "all"

	// CatchUpOne makes one call for all of them, that of the last tick.
	CatchUpOne CatchUp = "one"

	// CatchUpNone makes none.
	CatchUpNone CatchUp = "none"
)

// Tick is one time of a reminder: ID, which is the same in every attempt and in
// weir.actor_calls; Reminder, its name; and Due, when it was due.
type Tick = actors.Tick

// Reminder is one that has a tick to come: Name; Method and Args, as JSON, which it
// calls; Due, its next tick; Every, 0 if there is one; CatchUp; Calls, how many it
// has made since it was set; and CreatedAt.
type Reminder = actors.Reminder

// Remind has the method called with arg at each tick of a reminder. The reminder is
// the actor's, and survives everything but the actor's deletion. A tick becomes a call
// exactly once, with the settings of the method, or none as CatchUp says; like each
// call it has its place and runs at least once. InfoOfCall tells its Tick.
//
// It replaces a reminder of that name. One that is set just so already is left as it
// is and goes on, so Remind may be repeated. It fails with an *InputError,
// ErrNotFound if the actor was deleted, or ErrUnknownMethod as Start does.
func (m Method[S, A, R]) Remind(ctx context.Context, actor ActorRef[S], arg A, opts RemindOpts) error {
	params, err := m.reminder(actor, arg, opts)
	if err != nil {
		return err
	}
	return actor.client.backend.Remind(ctx, params)
}

// RemindTx is Remind within tx: the reminder is set once tx commits. Until then others
// that call the same actor wait.
func (m Method[S, A, R]) RemindTx(ctx context.Context, tx pgx.Tx, actor ActorRef[S], arg A, opts RemindOpts) error {
	params, err := m.reminder(actor, arg, opts)
	if err != nil {
		return err
	}
	return actor.client.backend.RemindTx(ctx, tx, params)
}

func (m Method[S, A, R]) reminder(actor ActorRef[S], arg A, opts RemindOpts) (actors.RemindParams, error) {
	call, err := m.params(actor, arg)
	return actors.RemindParams{
		Call: call, Name: cmp.Or(opts.Name, m.Name), At: opts.At, Every: opts.Every,
		CatchUp: string(cmp.Or(opts.CatchUp, CatchUpOne)),
	}, err
}

// Forget removes a reminder, and is false if there is none of that name. Calls that
// it has made stay. It fails with an *InputError, or ErrNotFound if the actor was
// deleted.
func (r ActorRef[S]) Forget(ctx context.Context, name string) (bool, error) {
	if err := r.hasClient(); err != nil {
		return false, err
	}
	return r.client.backend.Forget(ctx, r.typ, r.id, name)
}

// ForgetTx is Forget within tx: it holds once tx commits.
func (r ActorRef[S]) ForgetTx(ctx context.Context, tx pgx.Tx, name string) (bool, error) {
	if err := r.hasClient(); err != nil {
		return false, err
	}
	return r.client.backend.ForgetTx(ctx, tx, r.typ, r.id, name)
}

// Reminders returns the actor's reminders that have a tick to come, by name.
func (r ActorRef[S]) Reminders(ctx context.Context) ([]Reminder, error) {
	if err := r.hasClient(); err != nil {
		return nil, err
	}
	return r.client.backend.Reminders(ctx, r.typ, r.id)
}
