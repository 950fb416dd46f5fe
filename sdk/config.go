package sdk

import (
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgweir/weir/actors"
	"github.com/pgweir/weir/engine"
)

// Config is the settings of a Client.
type Config struct {
	// Pool is where the workflows are. It has to be migrated, and it stays the
	// caller's to close. Required.
	Pool *pgxpool.Pool

	// Direct is for the one connection that must not go through a pooler such as
	// PgBouncer: it holds a session lock.
	//
	// Defaults to the Pool's own settings.
	Direct *pgx.ConnConfig

	// Handlers are what this process can run. Steps of other functions are left
	// to workers that have them. A client without handlers runs nothing: it
	// starts, watches and steers.
	Handlers []Handler

	// Require are steps that this process has to have a handler for: without one,
	// New refuses the Config.
	Require []Declaration

	// Queues are the queues that steps are taken from, each with the number of
	// steps that this process runs at once.
	//
	// Defaults to {"default": 100}.
	Queues map[string]int

	// SoftStop is the time that running steps have to end during Stop.
	//
	// Defaults to 10 seconds.
	SoftStop time.Duration

	// Poison is how many attempts of a step may be lost with their worker before
	// the step fails with ErrLost.
	//
	// Defaults to 5.
	Poison int

	// DisableSessionLock is for where even Direct leads through a pooler without
	// sessions, such as PgBouncer in transaction mode. A killed worker is then
	// noticed after 5 seconds instead of 2.
	DisableSessionLock bool

	// ManualRecovery leaves what this process was running, should it die, to
	// Resume and ResumeAll: such workflows are RESUMABLE until then. A process
	// that stops gives its steps back all the same.
	//
	// Defaults to recovery by whoever lives, within 2 seconds.
	ManualRecovery bool

	// Version is the build that operators see of this process.
	Version string

	// MaxPayload is the largest argument, output or metadata, in bytes of JSON.
	//
	// Defaults to 16 MiB.
	MaxPayload int

	// Logger is where the process tells what it does.
	//
	// Defaults to slog.Default().
	Logger *slog.Logger
}

func (c Config) limits() engine.Limits {
	return engine.Limits{MaxPayload: c.MaxPayload}
}

// functions returns the functions of the handlers, or an error that joins an
// *InputError for each that is nil, doubled or missing.
func (c Config) functions() ([]engine.Function, error) {
	var errs []error
	first := make(map[string]int, len(c.Handlers))
	functions := make([]engine.Function, 0, len(c.Handlers))
	for i := range c.Handlers {
		reason := ""
		for handler := &c.Handlers[i]; handler != nil && reason == ""; handler = handler.next {
			if handler.actor == nil {
				functions = append(functions, handler.function)
			}
			reason = handler.refusal(i, first)
		}
		if reason != "" {
			errs = append(errs, &InputError{Field: fmt.Sprintf("handlers[%d]", i), Reason: reason})
		}
	}
	for i, required := range c.Require {
		if required == nil {
			errs = append(errs, &InputError{Field: fmt.Sprintf("require[%d]", i), Reason: "is nil"})
		} else if name := required.declared().Name; !has(first, name) {
			errs = append(errs, &InputError{Field: fmt.Sprintf("require[%d]", i), Reason: fmt.Sprintf("%q has no handler", name)})
		}
	}
	return functions, errors.Join(errs...)
}

// types are those of the actors that handlers are parts of, or an error that joins
// an *InputError for each that is of another state.
func (c Config) types() ([]actors.Type, error) {
	var (
		errs   []error
		types  []actors.Type
		states []reflect.Type
	)
	for i, h := range c.Handlers {
		if h.actor == nil {
			continue
		}
		at := slices.IndexFunc(types, func(t actors.Type) bool { return t.Name == h.actor.typ })
		if at < 0 {
			at = len(types)
			types = append(types, actors.Type{
				Name: h.actor.typ, Methods: make(map[string]actors.Method), Queries: make(map[string]actors.Query),
			})
			states = append(states, h.actor.state)
		}
		if states[at] != h.actor.state {
			reason := fmt.Sprintf("%q has the state %s, others of that actor %s", h.function.Name, h.actor.state, states[at])
			errs = append(errs, &InputError{Field: fmt.Sprintf("handlers[%d]", i), Reason: reason})
		}
		h.actor.add(&types[at])
	}
	return types, errors.Join(errs...)
}

func has(first map[string]int, name string) bool {
	_, found := first[name]
	return found
}

// refusal says what is wrong with the i-th handler, given where each name of
// those before it was first.
func (h Handler) refusal(i int, first map[string]int) string {
	name := h.function.Name
	earlier, doubled := first[name]
	switch {
	case name == "":
		return "has no name: a declaration needs one"
	case doubled:
		return fmt.Sprintf("%q is implemented by handlers[%d], too", name, earlier)
	}
	first[name] = i
	if h.mistake != "" {
		return fmt.Sprintf("%q: %s", name, h.mistake)
	}
	return ""
}
