package engine

import (
	"cmp"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgweir/weir/queue"
)

// Config is the configuration of an Engine.
type Config struct {
	// Pool leads to a database that migrations.Up has prepared. The engine
	// doesn't close it.
	//
	// Required.
	Pool *pgxpool.Pool

	// Direct leads to the same database without a pooler in between.
	//
	// Defaults to the configuration of Pool.
	Direct *pgx.ConnConfig

	// Functions are what this process can run. Without any the engine starts,
	// watches and steers workflows that others run.
	Functions []Function

	// Turns runs the turns of actors in this process. May be nil.
	Turns Turns

	// Queues maps the queues to work on to the number of steps that run at the
	// same time, 1 to 10,000.
	//
	// Defaults to 100 in the queue "default".
	Queues map[string]int

	// Limits bounds what is stored.
	Limits Limits

	// SoftStop is the time that running steps have to end during Stop before
	// their contexts are cancelled and they are given back.
	//
	// Defaults to 10 s.
	SoftStop time.Duration

	// Poison is the number of attempts of a step that may be lost with their
	// worker before the step fails with ErrLost.
	//
	// Defaults to 5.
	Poison int

	// DisableSessionLock is for poolers without sessions, like PgBouncer in
	// transaction mode, where Direct leads nowhere else: the lease alone decides
	// then, and a killed worker is noticed after 5 s.
	DisableSessionLock bool

	// ManualRecovery leaves what this process holds at its death to a resume.
	ManualRecovery bool

	// Version is the build that operators see of this process.
	Version string

	// Logger gets what no caller is told.
	//
	// Defaults to slog.Default().
	Logger *slog.Logger
}

// WithDefaults returns a copy of the configuration with the defaults filled in.
func (c Config) WithDefaults() Config {
	c.Functions = slices.Clone(c.Functions)
	c.Queues = maps.Clone(c.Queues)
	if len(c.Queues) == 0 {
		c.Queues = map[string]int{queueDefault: 100}
	}
	c.Limits = c.Limits.WithDefaults()
	c.Logger = cmp.Or(c.Logger, slog.Default())
	c.Poison = cmp.Or(c.Poison, queue.DefaultPoison)
	return c
}

// functionsByName refuses functions that are doubled, ill-named or have not
// exactly one body, and adds the engine's own.
func (c *Config) functionsByName() (map[string]Function, error) {
	byName := make(map[string]Function, len(c.Functions)+1)
	for _, function := range c.Functions {
		if err := checkFunctionName("handlers", function.Name); err != nil {
			return nil, err
		}
		if _, doubled := byName[function.Name]; doubled {
			return nil, badInput("handlers", "%q is there twice", function.Name)
		}
		bodies := 0
		for _, set := range []bool{function.Do != nil, function.DoTx != nil, function.Continue != nil} {
			if set {
				bodies++
			}
		}
		if bodies != 1 {
			return nil, badInput("handlers", "%q has %d of Do, DoTx and Continue, not one", function.Name, bodies)
		}
		byName[function.Name] = function
	}
	for _, name := range c.turnFunctions() {
		if _, doubled := byName[name]; doubled {
			return nil, badInput("handlers", "%q is a step's and an actor's", name)
		}
	}
	if c.Turns != nil {
		byName[FunctionCall] = Function{Name: FunctionCall}
	}
	byName[FunctionValue] = Function{Name: FunctionValue, Do: valueOf}
	return byName, nil
}

// turnFunctions are those that Turns runs.
func (c *Config) turnFunctions() []string {
	if c.Turns == nil {
		return nil
	}
	return c.Turns.Functions()
}

// runs reports whether the process runs anything.
func (c *Config) runs() bool {
	return len(c.Functions) > 0 || len(c.turnFunctions()) > 0
}

// names are those of all functions by which workers know what they can run.
func (c *Config) names(functions map[string]Function) []string {
	return slices.Sorted(slices.Values(slices.Concat(slices.Collect(maps.Keys(functions)), c.turnFunctions())))
}

// validate joins an *InputError for each mistake.
func (c *Config) validate() error {
	var errs []error
	refuse := func(wrong bool, field, format string, args ...any) {
		if wrong {
			errs = append(errs, badInput(field, format, args...))
		}
	}
	refuse(c.Pool == nil, "pool", "is required")
	refuse(c.SoftStop < 0, "soft_stop", "is %s: it cannot be negative", c.SoftStop)
	refuse(c.Poison < 0, "poison", "is %d: it cannot be negative", c.Poison)
	refuse(c.Limits.MaxPayload < 0, "max_payload", "is %d: it cannot be negative", c.Limits.MaxPayload)
	refuse(c.Limits.MaxSteps < 0, "max_steps", "is %d: it cannot be negative", c.Limits.MaxSteps)
	for name, slots := range c.Queues {
		errs = append(errs, CheckQueue("queues", name))
		refuse(name == "" || slots < 1 || slots > 10_000, "queues", "%q has %d slots: between 1 and 10000", name, slots)
	}
	if c.Version != "" {
		errs = append(errs, CheckText("version", c.Version))
	}
	return errors.Join(errs...)
}
