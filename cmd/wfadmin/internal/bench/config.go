package bench

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Config says what is measured, and where.
type Config struct {
	// URL is the connection string of the server, as a user who may create a
	// database.
	//
	// Defaults to libpq's variables.
	URL string

	// Cases are the names of the cases to run, in their order; actors stands for all of
	// actors.
	//
	// Defaults to all of CaseNames.
	Cases []string

	// Rounds is how often each case is measured.
	//
	// Defaults to 3.
	Rounds int

	// Sizes says how much each case does.
	Sizes Sizes

	// Workers is the number of steps, or of River's jobs, that may run at the
	// same time.
	//
	// Defaults to 2,000, as in River's own benchmark.
	Workers int

	// Connections is the size of the pool that a case works with.
	//
	// Defaults to 16.
	Connections int

	// NoBaseline leaves out plain River, and with it the ratios to it.
	NoBaseline bool

	// ProfileDir is where a CPU profile of each measurement is written, as
	// <case>-<round>.pprof, that of plain River before it as
	// <case>-<round>-river.pprof. It is made if it doesn't exist.
	//
	// Defaults to no profiles.
	ProfileDir string

	// Functions adds to the report where the server's time went: calls and times
	// of each function, updates of each table, and, if the server has loaded
	// pg_stat_statements, the statements inside the functions. Needs a superuser,
	// and slows down what is measured.
	Functions bool

	// Progress gets a line after each measurement.
	//
	// Defaults to nowhere.
	Progress io.Writer
}

// Sizes says how much each case does. Zero fields have their defaults.
type Sizes struct {
	// Jobs is the number of plain River's jobs. Defaults to 50,000.
	Jobs int

	// Workflows is the number of chains of 10 steps. Defaults to 5,000.
	Workflows int

	// Hops is the length of the idle chain. Defaults to 1,000.
	Hops int

	// Width is the number of steps between the first and the join of a fan-out.
	// Defaults to 10,000.
	Width int

	// Singles is the number of workflows of one step. Defaults to 20,000.
	Singles int

	// Events is the number of events sent one after the other. Defaults to 1,000.
	Events int

	// Parked is the number of workflows that wait for an event. Defaults to
	// 100,000.
	Parked int

	// Calls is the number of calls of actors; a tenth as many are made by one
	// goroutine, one after the other. Defaults to 20,000.
	Calls int

	// Actors is the number of actors that are each called once. Defaults to 100,000.
	Actors int

	// IdleActors is the number of actors that nobody calls. Defaults to 1,000,000.
	IdleActors int

	// Reminders is the number of reminders that are due at once. Defaults to 100,000.
	Reminders int

	// Failed is the number of failed workflows to resume at once. A tenth as many
	// are resumed one by one. Defaults to 10,000.
	Failed int

	// Finished is the number of finished workflows to list. Defaults to 1,000,000.
	Finished int

	// IdleSeconds is how long an idle client is watched. Defaults to 10.
	IdleSeconds int
}

func (s Sizes) withDefaults() Sizes {
	s.Jobs = cmp.Or(s.Jobs, 50_000)
	s.Workflows = cmp.Or(s.Workflows, 5_000)
	s.Hops = cmp.Or(s.Hops, 1_000)
	s.Width = cmp.Or(s.Width, 10_000)
	s.Singles = cmp.Or(s.Singles, 20_000)
	s.Events = cmp.Or(s.Events, 1_000)
	s.Parked = cmp.Or(s.Parked, 100_000)
	s.Calls = cmp.Or(s.Calls, 20_000)
	s.Actors = cmp.Or(s.Actors, 100_000)
	s.IdleActors = cmp.Or(s.IdleActors, 1_000_000)
	s.Reminders = cmp.Or(s.Reminders, 100_000)
	s.Failed = cmp.Or(s.Failed, 10_000)
	s.Finished = cmp.Or(s.Finished, 1_000_000)
	s.IdleSeconds = cmp.Or(s.IdleSeconds, 10)
	return s
}

// WithDefaults returns a copy whose zero fields have their defaults.
func (c Config) WithDefaults() Config {
	c.Cases = named(c.Cases)
	if len(c.Cases) == 0 {
		c.Cases = CaseNames()
	}
	c.Rounds = cmp.Or(c.Rounds, 3)
	c.Sizes = c.Sizes.withDefaults()
	c.Workers = cmp.Or(c.Workers, 2_000)
	c.Connections = cmp.Or(c.Connections, 16)
	if c.Progress == nil {
		c.Progress = io.Discard
	}
	return c
}

// Validate returns an error that names the setting that is out of bounds, once
// defaults have been filled in. The server isn't looked at.
func (c *Config) Validate() error {
	for _, bound := range []struct {
		name             string
		value, low, high int
	}{
		{"rounds", c.Rounds, 1, 1_000},
		{"workers", c.Workers, 1, 10_000},
		{"connections", c.Connections, 2, 1_000},
		{"jobs", c.Sizes.Jobs, 1, 10_000_000},
		{"workflows", c.Sizes.Workflows, 1, 10_000_000},
		{"hops", c.Sizes.Hops, 2, 100_000},
		{"width", c.Sizes.Width, 1, 90_000},
		{"singles", c.Sizes.Singles, 1, 10_000_000},
		{"events", c.Sizes.Events, 1, 1_000_000},
		{"parked", c.Sizes.Parked, 1, 10_000_000},
		{"calls", c.Sizes.Calls, 10, 10_000_000},
		{"actors", c.Sizes.Actors, 1, 10_000_000},
		{"idle-actors", c.Sizes.IdleActors, 1, 100_000_000},
		{"reminders", c.Sizes.Reminders, 1, 10_000_000},
		{"failed", c.Sizes.Failed, 1, 1_000_000},
		{"finished", c.Sizes.Finished, 1, 100_000_000},
		{"idle-seconds", c.Sizes.IdleSeconds, 1, 3_600},
	} {
		if bound.value < bound.low || bound.value > bound.high {
			return fmt.Errorf("%s: %d is not between %d and %d", bound.name, bound.value, bound.low, bound.high)
		}
	}
	for _, name := range c.Cases {
		if !slices.Contains(CaseNames(), name) {
			return fmt.Errorf("case: %q is none of %s", name, strings.Join(CaseNames(), ", "))
		}
	}
	return nil
}
