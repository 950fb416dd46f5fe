package actors

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pgweir/weir/engine"
	"github.com/pgweir/weir/internal/caller"
)

// CycleError refuses a call, or a wait for one, that would never end: the call that
// waits would wait for itself.
type CycleError struct {
	// Chain are the actors that would wait, each for the next one. The first one is
	// also the last.
	Chain []Key
}

// Key names an actor.
type Key struct {
	Type, ID string
}

func (e *CycleError) Error() string {
	var names []string
	for _, actor := range e.Chain {
		names = append(names, fmt.Sprintf("%s %q", actor.Type, actor.ID))
	}
	return "call would wait for itself: " + strings.Join(names, " -> ")
}

// ErrorType makes errors.Is(err, engine.ErrCycle) true after a round trip, too.
func (e *CycleError) ErrorType() string { return engine.TypeOf(engine.ErrCycle) }

// Is reports whether target is engine.ErrCycle.
func (e *CycleError) Is(target error) bool { return target == engine.ErrCycle }

// cycleError reads what the database says of a circle.
func cycleError(chain json.RawMessage) error {
	var actors [][2]string
	if err := json.Unmarshal(chain, &actors); err != nil {
		return fmt.Errorf("%w: %s", engine.ErrCycle, chain)
	}
	e := &CycleError{}
	for _, actor := range actors {
		e.Chain = append(e.Chain, Key{actor[0], actor[1]})
	}
	return e
}

const awaitSQL = `select weir_internal.actor_await($1, $2, $3)`

// noteWait has the database know that the call whose context ctx is waits for
// another one, so that nobody may wait for the two in a circle.
func (r *Runtime) noteWait(ctx context.Context, called Called) error {
	by, known := caller.Waiting(ctx)
	if !known {
		return nil
	}
	var chain json.RawMessage
	err := r.config.Pool.QueryRow(ctx, awaitSQL, called.actor, called.Seq, by.JSON()).Scan(&chain)
	switch {
	case err != nil:
		return engine.FromDatabase(err)
	case chain != nil:
		return cycleError(chain)
	}
	return nil
}
