package queue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// DefaultPoison is the Poison of a Config without one.
const DefaultPoison = 5

const (
	beatDefault          = time.Second
	fetchCooldownDefault = 2 * time.Millisecond
	leaseDefault         = 5 * time.Second
	queueDefault         = "default"
	queueSlotsDefault    = 100
	softStopDefault      = 10 * time.Second

	// Idle queues cost one statement a poll each, so the polls of all queues
	// share a budget of four a second.
	fetchPollIntervalMin      = 500 * time.Millisecond
	fetchPollIntervalPerQueue = 250 * time.Millisecond

	functionNameMax = 127 // River's limit of a kind
	leaseMin        = time.Second
	leaseMinBeats   = 3
)

// Config is the configuration of a [Worker].
type Config struct {
	// Pool is used for River, the sweep and everything else that needs no
	// session of its own. River keeps one of its connections out of the pool.
	//
	// Required.
	Pool *pgxpool.Pool

	// Direct leads to the same database without a pooler in between, for the
	// connection that holds the session lock. It is copied.
	//
	// Defaults to the configuration of Pool.
	Direct *pgx.ConnConfig

	// Functions are the functions that this process can run: 1 to 127 bytes
	// each. Jobs of other functions are left to other workers.
	//
	// Required.
	Functions []string

	// Queues maps the queues to work on to the number of tokens that run at the
	// same time: 1 to 10,000. A queue's name has 1 to 64 bytes of lower-case
	// letters, digits, '_' and '-'.
	//
	// Defaults to 100 in the queue "default".
	Queues map[string]int

	// Version is the build that operators see in the worker row.
	Version string

	// Logger gets faults, fencings and River's warnings.
	//
	// Defaults to slog.Default().
	Logger *slog.Logger

	// FetchCooldown is the least time between two fetches of a queue: at least
	// 1 ms. It bounds the tokens a second at the slots of a queue over it.
	//
	// Defaults to 2 ms.
	FetchCooldown time.Duration

	// FetchPollInterval is the time between fetches when no wake-up came.
	//
	// Defaults to 500 ms, or 250 ms for each queue if that is more.
	FetchPollInterval time.Duration

	// Beat is the time between renewals of the lease.
	//
	// Defaults to 1 s.
	Beat time.Duration

	// Lease is the time after which a worker that doesn't beat is dead to the
	// others: at least 1 s and at least three beats. The worker itself gives up
	// when four fifths of it are over.
	//
	// Defaults to 5 s.
	Lease time.Duration

	// SoftStop is the time that running tokens have to come to a step boundary
	// during Stop before their contexts are cancelled with [ErrStopping].
	//
	// Defaults to 10 s.
	SoftStop time.Duration

	// Poison is the number of attempts of a step that may die with their worker
	// before the step fails for good.
	//
	// Defaults to 5.
	Poison int

	// DisableSessionLock is for servers or poolers without session locks and
	// LISTEN, like PgBouncer in transaction mode. The lease alone decides then:
	// a killed worker is noticed after Lease, a cancel within Beat, and River
	// polls instead of being woken.
	DisableSessionLock bool

	// ManualRecovery withholds what this process holds at its death until somebody
	// resumes it, instead of giving it to others.
	ManualRecovery bool

	// Run runs a token to its end. It returns only when nothing of the token is
	// held any more: everything was settled or given back. Its context is
	// cancelled with cause [ErrLost] when the worker may no longer own the
	// token, in which case there is nothing to give back, and with cause
	// [ErrStopping] when Stop waited long enough. worker is the id under which
	// the token was fetched. When the database refuses a call because this id is
	// lost (SQLSTATE WF005), Run calls Worker.ReportLost before it returns.
	//
	// Required.
	Run func(ctx context.Context, worker string, token Token)

	// Held returns the held steps whose attempt began longer ago than olderThan.
	// It must not block. May be nil.
	Held func(olderThan time.Duration) []Held

	// Stopped is told of held steps that the database says are no longer ours,
	// because their workflow was stopped or somebody else took them. It must not
	// block. May be nil.
	Stopped func(steps []Held)
}

// WithDefaults returns a copy of the configuration with the defaults filled in.
func (c *Config) WithDefaults() *Config {
	config := *c

	config.Functions = slices.Clone(c.Functions)
	config.Queues = maps.Clone(c.Queues)
	if len(config.Queues) == 0 {
		config.Queues = map[string]int{queueDefault: queueSlotsDefault}
	}

	config.Logger = cmp.Or(c.Logger, slog.Default())
	config.FetchCooldown = cmp.Or(c.FetchCooldown, fetchCooldownDefault)
	config.FetchPollInterval = cmp.Or(c.FetchPollInterval, max(
		fetchPollIntervalMin,
		fetchPollIntervalPerQueue*time.Duration(len(config.Queues)),
		config.FetchCooldown,
	))
	config.Beat = cmp.Or(c.Beat, beatDefault)
	config.Lease = cmp.Or(c.Lease, leaseDefault)
	config.SoftStop = cmp.Or(c.SoftStop, softStopDefault)
	config.Poison = cmp.Or(c.Poison, DefaultPoison)

	if config.Held == nil {
		config.Held = func(time.Duration) []Held { return nil }
	}
	if config.Stopped == nil {
		config.Stopped = func([]Held) {}
	}

	return &config
}

// validate checks what River doesn't: it sees the rest when its client is made.
func (c *Config) validate() error {
	if c.Pool == nil {
		return errors.New("queue: Pool is required")
	}
	if c.Run == nil {
		return errors.New("queue: Run is required")
	}
	if c.Beat < 0 {
		return errors.New("queue: Beat cannot be negative")
	}
	if least := max(leaseMin, leaseMinBeats*c.Beat); c.Lease < least {
		return fmt.Errorf("queue: Lease must be at least %s", least)
	}
	if c.SoftStop < 0 {
		return errors.New("queue: SoftStop cannot be negative")
	}
	if c.Poison < 1 {
		return errors.New("queue: Poison must be at least 1")
	}

	return c.validateFunctions()
}

func (c *Config) validateFunctions() error {
	if len(c.Functions) == 0 {
		return errors.New("queue: Functions is empty: there is nothing to run")
	}

	seen := make(map[string]bool, len(c.Functions))
	for _, function := range c.Functions {
		if function == "" || len(function) > functionNameMax {
			return fmt.Errorf("queue: Functions: %q must have 1 to %d bytes", function, functionNameMax)
		}
		if seen[function] {
			return fmt.Errorf("queue: Functions: %q appears twice", function)
		}
		seen[function] = true
	}

	return nil
}

// functionNames returns the functions in a stable order.
func (c *Config) functionNames() []string {
	return slices.Sorted(slices.Values(c.Functions))
}

// queueNames returns the queues in a stable order.
func (c *Config) queueNames() []string {
	return slices.Sorted(maps.Keys(c.Queues))
}
