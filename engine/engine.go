package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgweir/weir/internal/batch"
	"github.com/pgweir/weir/migrations"
	"github.com/pgweir/weir/queue"
)

// ErrClosed is returned by what waits when the engine stops.
var ErrClosed = errors.New("client is stopped")

// callTimeout bounds a single call to the database that no caller's context does.
const callTimeout = 10 * time.Second

// Engine starts, runs, watches and steers workflows. It may be used by many
// goroutines at once. Without Start it runs nothing.
type Engine struct {
	config    Config
	functions map[string]Function
	worker    *queue.Worker // nil without functions

	starts  *batch.Committer[startItem]
	timers  *timers
	waiters *waiters
	bodies  bodies
	idlers  *idlers

	templates templates
	txSlots   chan struct{} // held by DoTx functions while they run

	crewMu sync.Mutex
	crew   *crew

	background sync.WaitGroup
	stopTimers context.CancelFunc
}

// New returns an engine. Errors: *InputError for a mistake in config.
func New(config Config) (*Engine, error) {
	config = config.WithDefaults()
	if err := config.validate(); err != nil {
		return nil, err
	}
	functions, err := config.functionsByName()
	if err != nil {
		return nil, err
	}

	e := &Engine{config: config, functions: functions, stopTimers: func() {}}
	e.txSlots = make(chan struct{}, max(1, int(config.Pool.Config().MaxConns)-txReserve))
	e.timers = newTimers(e)
	e.waiters = newWaiters(e)
	e.idlers = newIdlers(config.Queues)
	e.starts = &batch.Committer[startItem]{
		Limit:   startBatchLimit,
		Flights: batchFlights,
		Size:    (*startItem).size,
		Call:    e.startBatch,
	}
	if config.runs() {
		e.worker, err = queue.New(queue.Config{
			Pool:               config.Pool,
			Direct:             config.Direct,
			Functions:          config.names(functions),
			Queues:             config.Queues,
			Version:            config.Version,
			Logger:             config.Logger,
			SoftStop:           config.SoftStop,
			Poison:             config.Poison,
			DisableSessionLock: config.DisableSessionLock,
			ManualRecovery:     config.ManualRecovery,
			Run:                e.runToken,
			Held:               e.bodies.heldFor,
			Stopped:            e.bodies.stop,
		})
		if err != nil {
			return nil, err
		}
	}
	return e, nil
}

const (
	// startBatchLimit bounds the workflows stored by one call.
	startBatchLimit = 200

	// txReserve is the number of the pool's connections that DoTx functions leave
	// to what keeps the process going: claims, checkpoints, timers, the sweep.
	txReserve = 3
)

// Start makes sure that the database is what this binary needs and begins to run
// steps, if the engine has functions. It returns when the worker is registered;
// ctx bounds only that. Errors: those of migrations.Verify.
func (e *Engine) Start(ctx context.Context) error {
	if err := e.verify(ctx); err != nil || e.worker == nil {
		return err
	}
	if err := e.worker.Start(ctx); err != nil {
		return fmt.Errorf("starting worker: %w", err)
	}
	timersCtx, stop := context.WithCancel(context.WithoutCancel(ctx))
	e.stopTimers = stop
	e.background.Go(func() { e.timers.run(timersCtx) })
	return nil
}

func (e *Engine) verify(ctx context.Context) error {
	conn, err := e.config.Pool.Acquire(ctx)
	if err != nil {
		return FromDatabase(err)
	}
	defer conn.Release()
	if err := migrations.VerifyConn(ctx, conn.Conn()); err != nil {
		return err
	}
	return checkIsolation(ctx, conn.Conn())
}

// checkIsolation refuses sessions that begin transactions at another level than
// the functions are written for: neighbours in a batch would fail each other.
func checkIsolation(ctx context.Context, conn *pgx.Conn) error {
	var level string
	if err := conn.QueryRow(ctx, `select current_setting('default_transaction_isolation')`).Scan(&level); err != nil {
		return FromDatabase(err)
	}
	if level != "read committed" {
		return badInput("pool", "its sessions have default_transaction_isolation %q: it must be read committed", level)
	}
	return nil
}

// Stop lets running steps end, gives back what doesn't within SoftStop, and
// leaves the fleet: others go on with the rest at once. Whoever waits gets
// ErrClosed. When ctx ends first Stop returns its error, and what was not given
// back is recovered by the others.
func (e *Engine) Stop(ctx context.Context) error {
	e.stopTimers()
	var err error
	if e.worker != nil {
		if err = e.worker.Stop(ctx); errors.Is(err, queue.ErrNotStarted) {
			err = nil
		}
	}
	e.waiters.Close()
	e.background.Wait()
	return err
}

// canRun reports whether this process has the step's function.
func (e *Engine) canRun(h *hand) bool {
	_, known := e.functions[h.function]
	return known
}

// valueOf is FunctionValue.
func valueOf(_ context.Context, args []json.RawMessage) (json.RawMessage, error) {
	return args[0], nil
}
