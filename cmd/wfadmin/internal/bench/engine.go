package bench

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgweir/weir/engine"
)

// usage is what a measurement took.
type usage struct {
	time       time.Duration
	statements float64
	wal        float64 // bytes, until the worker has stopped
}

// engineRun is an engine with a worker in this process, on empty tables.
type engineRun struct {
	*engine.Engine
	pool       *pgxpool.Pool
	statements *statementCounter
}

// host is an engine, or what hosts one.
type host interface {
	Start(ctx context.Context) error
	Stop(ctx context.Context) error
}

// withEngine measures do.
func (b *bench) withEngine(ctx context.Context, body engine.Function, do func(*engineRun) error) (usage, error) {
	run := &engineRun{}
	return b.withHost(ctx, func(config engine.Config, counter *statementCounter) (_ host, err error) {
		config.Functions = []engine.Function{body}
		run.pool, run.statements = config.Pool, counter
		run.Engine, err = engine.New(config)
		return run.Engine, err
	}, func() error { return do(run) })
}

// withHost measures do beside what open makes.
func (b *bench) withHost(
	ctx context.Context,
	open func(engine.Config, *statementCounter) (host, error),
	do func() error,
) (used usage, err error) {
	if err := b.database.clean(ctx); err != nil {
		return usage{}, err
	}
	if err := b.resetCosts(ctx); err != nil {
		return usage{}, err
	}
	counter := &statementCounter{}
	pool, err := b.database.pool(ctx, counter)
	if err != nil {
		return usage{}, err
	}
	defer pool.Close()
	e, err := open(engine.Config{
		Pool:   pool,
		Queues: map[string]int{"default": b.config.Workers},
		Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}, counter)
	if err != nil {
		return usage{}, err
	}

	walBefore, err := b.database.walPosition(ctx)
	if err != nil {
		return usage{}, err
	}
	if err := e.Start(ctx); err != nil {
		return usage{}, err
	}
	statementsBefore := counter.count.Load()
	used.time, err = b.profiled(do)
	used.statements = float64(counter.count.Load() - statementsBefore)

	stopCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTimeout)
	defer cancel()
	if err = errors.Join(err, e.Stop(stopCtx)); err != nil {
		return usage{}, err
	}
	walAfter, err := b.database.walPosition(ctx)
	if err != nil {
		return usage{}, err
	}
	used.wal = walAfter - walBefore
	pool.Close() // the server counts what a connection did when that is idle or closed
	return used, b.readCosts(ctx)
}

// finish starts a workflow and waits for its success.
func (e *engineRun) finish(ctx context.Context, params engine.StartParams) error {
	started, err := e.StartWorkflow(ctx, params)
	if err != nil {
		return err
	}
	return e.succeeds(ctx, started)
}

func (e *engineRun) succeeds(ctx context.Context, started engine.Started) error {
	outcome, err := e.WaitStarted(ctx, started)
	if err != nil {
		return err
	}
	if outcome.Status != engine.StatusSuccessful {
		return errors.New("workflow " + started.ID + " is " + string(outcome.Status))
	}
	return nil
}

// startRange starts the workflows of some numbers in one call.
func (e *engineRun) startRange(ctx context.Context, first, count int, params func(n int) engine.StartParams) ([]engine.Started, error) {
	batch := make([]engine.StartParams, count)
	for i := range batch {
		batch[i] = params(first + i)
	}
	return e.StartWorkflows(ctx, batch)
}

// startMany starts the workflows of the numbers from 0 on, many in a call.
func (e *engineRun) startMany(ctx context.Context, total int, params func(n int) engine.StartParams) ([]engine.Started, error) {
	const atOnce = 1_000
	started := make([]engine.Started, 0, total)
	for len(started) < total {
		begun, err := e.startRange(ctx, len(started), min(atOnce, total-len(started)), params)
		if err != nil {
			return nil, err
		}
		started = append(started, begun...)
	}
	return started, nil
}

const emptyFunction = "empty"

// returning is a step that does nothing but return.
func returning(output string) engine.Function {
	value := json.RawMessage(output)
	return engine.Function{
		Name: emptyFunction,
		Do:   func(context.Context, []json.RawMessage) (json.RawMessage, error) { return value, nil },
	}
}

// emptyStep takes the outputs of others and does nothing.
func emptyStep(args ...engine.Arg) engine.Step {
	return engine.Step{Name: emptyFunction, Function: emptyFunction, Args: args}
}

func output(step int) engine.Arg { return engine.Arg{Kind: engine.ArgRef, Step: step} }

// chain is a graph whose steps each take the output of the one before.
func chain(length int) engine.Graph {
	steps := []engine.Step{emptyStep()}
	for len(steps) < length {
		steps = append(steps, emptyStep(output(len(steps)-1)))
	}
	return engine.Graph{Steps: steps}
}
