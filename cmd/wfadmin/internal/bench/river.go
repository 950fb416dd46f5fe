package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
)

// Settings of `river bench`.
const (
	riverFetchCooldown     = 2 * time.Millisecond
	riverFetchPollInterval = 20 * time.Millisecond
	riverInsertBatch       = 5_000
)

// emptyJob does nothing.
type emptyJob struct {
	N int `json:"n"`
}

func (emptyJob) Kind() string { return "empty" }

type emptyWorker struct {
	river.WorkerDefaults[emptyJob]
}

func (*emptyWorker) Work(context.Context, *river.Job[emptyJob]) error { return nil }

// riverRun is a client of plain River on empty tables.
type riverRun struct {
	client    *river.Client[pgx.Tx]
	jobs      int
	completed <-chan *river.Event
}

// plainRiver inserts jobs while they are worked off: the baseline of all ratios.
// Its first sample is the throughput.
func plainRiver(ctx context.Context, b *bench) ([]sample, error) {
	return b.withRiver(ctx, "jobs, inserts counted", func(r *riverRun) (time.Duration, error) {
		if err := r.client.Start(ctx); err != nil {
			return 0, err
		}
		return b.profiled(func() error {
			inserted := make(chan error, 1)
			go func() { inserted <- r.insert(ctx) }()
			return errors.Join(r.drain(ctx), <-inserted)
		})
	})
}

// burnDown works off jobs that are there already.
func burnDown(ctx context.Context, b *bench) ([]sample, error) {
	return b.withRiver(ctx, "jobs, inserted before", func(r *riverRun) (time.Duration, error) {
		if err := r.insert(ctx); err != nil {
			return 0, err
		}
		return b.profiled(func() error {
			if err := r.client.Start(ctx); err != nil {
				return err
			}
			return r.drain(ctx)
		})
	})
}

// withRiver has do measure the completion of all jobs.
func (b *bench) withRiver(ctx context.Context, name string, do func(*riverRun) (time.Duration, error)) ([]sample, error) {
	if err := b.database.clean(ctx); err != nil {
		return nil, err
	}
	if err := b.resetCosts(ctx); err != nil {
		return nil, err
	}
	pool, err := b.database.pool(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer pool.Close()

	workers := river.NewWorkers()
	river.AddWorker(workers, &emptyWorker{})
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{
		FetchCooldown:     riverFetchCooldown,
		FetchPollInterval: riverFetchPollInterval,
		Logger:            slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
		Queues:            map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: b.config.Workers}},
		Schema:            riverSchema,
		Workers:           workers,
	})
	if err != nil {
		return nil, err
	}
	jobs := b.config.Sizes.Jobs
	completed, unsubscribe := client.SubscribeConfig(&river.SubscribeConfig{
		ChanSize: jobs, // events that find it full are dropped
		Kinds:    []river.EventKind{river.EventKindJobCompleted},
	})
	defer unsubscribe()

	before, err := b.database.walPosition(ctx)
	if err != nil {
		return nil, err
	}
	took, err := do(&riverRun{client: client, jobs: jobs, completed: completed})
	stopCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTimeout)
	defer cancel()
	if err = errors.Join(err, client.Stop(stopCtx)); err != nil {
		return nil, err
	}
	after, err := b.database.walPosition(ctx)
	if err != nil {
		return nil, err
	}
	pool.Close()
	if err := b.readCosts(ctx); err != nil {
		return nil, err
	}
	return []sample{
		{name: name, unit: "jobs/s", value: rate(jobs, took)},
		{name: "WAL, " + name, unit: "bytes/job", value: (after - before) / float64(jobs)},
	}, nil
}

func (r *riverRun) insert(ctx context.Context) error {
	for first := 0; first < r.jobs; first += riverInsertBatch {
		params := make([]river.InsertManyParams, min(riverInsertBatch, r.jobs-first))
		for i := range params {
			params[i].Args = emptyJob{N: first + i}
		}
		if _, err := r.client.InsertMany(ctx, params); err != nil {
			return fmt.Errorf("inserting jobs: %w", err)
		}
	}
	return nil
}

// drain returns when as many jobs as there are have been completed in the
// database.
func (r *riverRun) drain(ctx context.Context) error {
	for range r.jobs {
		select {
		case <-r.completed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
