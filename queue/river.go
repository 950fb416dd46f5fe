package queue

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
)

const (
	riverSchema = "weir_internal"

	// Tokens carry no data that anybody would miss.
	riverCompletedRetention = time.Hour

	// Recovery is ours. River's rescuer leaves jobs without a timeout alone, but
	// it discards kinds that the leader doesn't know, and finalises jobs on which
	// somebody has called JobCancel: it must never find one old enough.
	riverRescueNever = 100 * 365 * 24 * time.Hour
)

type riverClient = river.Client[pgx.Tx]

// newRiverClient makes the River client of one life. work is called for each
// token that is fetched; when it returns the token's row is completed, if there is one.
func newRiverClient(config *Config, id string, work func(Token)) (*riverClient, error) {
	workers := river.NewWorkers()
	for _, function := range config.Functions {
		river.AddWorkerArgs(workers, tokenArgs{function: function}, &tokenWorker{work: work})
	}

	queues := make(map[string]river.QueueConfig, len(config.Queues))
	for name, slots := range config.Queues {
		queues[name] = river.QueueConfig{MaxWorkers: slots}
	}

	client, err := river.NewClient(riverpgxv5.New(config.Pool), &river.Config{
		CompletedJobRetentionPeriod: riverCompletedRetention,
		FetchCooldown:               config.FetchCooldown,
		FetchOnlyKnownKinds:         true,
		FetchPollInterval:           config.FetchPollInterval,
		ID:                          id,
		Logger:                      newRiverLogger(config.Logger),
		PollOnly:                    config.DisableSessionLock,
		Queues:                      queues,
		RescueStuckJobsAfter:        riverRescueNever,
		Schema:                      riverSchema,
		SkipJobKindValidation:       true, //nolint:staticcheck // kinds are the users' function names, of any shape
		Workers:                     workers,
	})
	if err != nil {
		return nil, fmt.Errorf("queue: %w", err)
	}

	return client, nil
}

// tokenWorker runs the tokens of one function.
type tokenWorker struct {
	river.WorkerDefaults[tokenArgs]

	work func(Token)
}

// Timeout switches off River's timeout, its stuck handler and its rescuer.
func (w *tokenWorker) Timeout(*river.Job[tokenArgs]) time.Duration { return -1 }

// Work never fails: what went wrong with a step is in the step's row. Its
// context isn't used, because River cancels it for reasons that are not ours, as
// when somebody cancels the token instead of the workflow.
func (w *tokenWorker) Work(_ context.Context, job *river.Job[tokenArgs]) error {
	w.work(Token{Job: job.ID, Workflow: job.Args.Workflow, Step: job.Args.Step})
	return nil
}
