// Package demo shows Weir at work: it runs the workflows of package jobs on
// worker processes, kills one of them, and compares what comes out with what has
// to.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgweir/weir/sdk"
)

const (
	// workers are the processes that run steps, and slots the steps that each of
	// them runs at once.
	workers = 3
	slots   = 8

	// timeLimit bounds a demo that hangs.
	timeLimit = 5 * time.Minute
)

// ErrBroken means that the demo ran and that something was not as it has to be.
var ErrBroken = errors.New("the demo doesn't hold")

var errTimeLimit = fmt.Errorf("the demo took more than %s", timeLimit)

// Config says what a demo runs on.
type Config struct {
	// URL is the database, which is migrated.
	//
	// Defaults to a private server that lives as long as the demo.
	URL string

	// Dir is the folder that is scanned.
	//
	// Defaults to the source of Go's standard library.
	Dir string

	// Within is the time in which what a killed process ran has to go on elsewhere.
	// Required.
	Within time.Duration

	// Worker is the command line of a worker process, whose database is in the
	// environment. Required.
	Worker []string

	// Output is told what happens. Required.
	Output io.Writer

	// Errors gets what workers complain about. Required.
	Errors io.Writer
}

// demo is one that runs.
type demo struct {
	config   Config
	id       string // ends the ids of this demo's workflows
	screen   *screen
	packages int

	pool   *pgxpool.Pool
	client *sdk.Client
	fleet  *fleet

	verdicts []verdict
}

// Run runs the demo and returns nil only if everything was as it has to be, else
// ErrBroken or the error that ended it. A *TreeError means that it can't show
// anything on the folder. When ctx ends, so do the demo, its workers and its
// server.
func Run(ctx context.Context, config Config) (err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, timeLimit, errTimeLimit)
	defer cancel()

	d := &demo{config: config, id: uuid.Must(uuid.NewV7()).String(), screen: newScreen(config.Output)}
	if err := d.findTree(ctx); err != nil {
		return err
	}
	url, stopServer, err := d.openDatabase(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stopServer()) }()

	if err := d.connect(ctx, url); err != nil {
		return err
	}
	defer d.disconnect()

	d.fleet, err = startFleet(ctx, config, url)
	if err != nil {
		return err
	}
	defer d.fleet.stop()

	if err := d.act(d.fleet.context()); err != nil {
		return err
	}
	return d.judge()
}

// act is the play, when everything is there. ctx ends with the first worker that
// ends unasked.
func (d *demo) act(ctx context.Context) error {
	for _, scene := range []func(context.Context) error{d.awaitWorkers, d.trip, d.tree, d.report, d.check} {
		if err := scene(ctx); err != nil {
			return cause(ctx, err)
		}
	}
	return nil
}

// cause prefers why ctx ended to what came of it.
func cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

func (d *demo) connect(ctx context.Context, url string) error {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return err
	}
	// A client without handlers only starts and watches: the workers work.
	client, err := sdk.New(sdk.Config{Pool: pool})
	if err != nil {
		pool.Close()
		return err
	}
	d.pool, d.client = pool, client
	return nil
}

func (d *demo) disconnect() {
	_ = d.client.Stop(context.Background()) // it runs nothing that could be late
	d.pool.Close()
}
