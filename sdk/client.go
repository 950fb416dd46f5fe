package sdk

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/pgweir/weir/actors"
	"github.com/pgweir/weir/engine"
)

// Status is where a workflow stands.
type Status = engine.Status

// The statuses of a workflow.
const (
	StatusPending    = engine.StatusPending
	StatusRunning    = engine.StatusRunning
	StatusResumable  = engine.StatusResumable
	StatusSuccessful = engine.StatusSuccessful
	StatusFailed     = engine.StatusFailed
	StatusCanceled   = engine.StatusCanceled
)

// Violation is an invariant that some row breaks: Invariant, the sentence that
// doesn't hold; WorkflowID and Step; and Detail, what was seen.
type Violation = engine.Violation

// Client starts, runs, watches and steers workflows. Many goroutines may use it.
type Client struct {
	backend backend
	limits  engine.Limits
}

// New returns a client of the database of the Config's Pool. It asks the database
// nothing. The error joins an *InputError for each field that is wrong: a handler
// that is nil or doubled, or one that is required and missing.
func New(config Config) (*Client, error) {
	functions, err := config.functions()
	types, wrong := config.types()
	if err := errors.Join(err, wrong); err != nil {
		return nil, err
	}
	backend, err := actors.New(actors.Config{Types: types, Engine: engine.Config{
		Pool:               config.Pool,
		Direct:             config.Direct,
		Functions:          functions,
		Queues:             config.Queues,
		Limits:             config.limits(),
		SoftStop:           config.SoftStop,
		Poison:             config.Poison,
		DisableSessionLock: config.DisableSessionLock,
		ManualRecovery:     config.ManualRecovery,
		Version:            config.Version,
		Logger:             config.Logger,
	}})
	if err != nil {
		return nil, err
	}
	return &Client{backend: backend, limits: config.limits()}, nil
}

// Start begins to run steps, if there are handlers, and returns once it does.
// Workflows may be started and steered without it. What it began goes on after
// ctx has ended, until Stop.
func (c *Client) Start(ctx context.Context) error { return c.backend.Start(ctx) }

// Stop ends what Start began. Running steps have the time of Config.SoftStop to
// end; then their contexts are cancelled. What is left continues elsewhere at
// once. Whoever waits gets ErrClosed. If ctx ends first, its error is returned.
func (c *Client) Stop(ctx context.Context) error { return c.backend.Stop(ctx) }

// Cancel stops a workflow: no further step of it starts, and running ones get a
// cancelled context. It is fine for one that is already cancelled. It fails with
// ErrNotFound, or ErrFinished if the workflow succeeded or failed.
func (c *Client) Cancel(ctx context.Context, id, reason string) error {
	return c.backend.Cancel(ctx, id, reason)
}

// CancelTx is Cancel within tx: it holds once tx commits. As with any statement of
// Postgres, an error leaves tx of no use but for a rollback.
func (c *Client) CancelTx(ctx context.Context, tx pgx.Tx, id, reason string) error {
	return c.backend.CancelTx(ctx, tx, id, reason)
}

// Resume sets a FAILED, CANCELED or RESUMABLE workflow going again, from its
// checkpoints and with fresh retries, and returns the status it has then: PENDING
// behind a limit. It changes nothing for others. It fails with ErrNotFound.
func (c *Client) Resume(ctx context.Context, id string) (Status, error) {
	return c.backend.Resume(ctx, id)
}

// ResumeTx is Resume within tx: it holds once tx commits. As with any statement of
// Postgres, an error leaves tx of no use but for a rollback.
func (c *Client) ResumeTx(ctx context.Context, tx pgx.Tx, id string) (Status, error) {
	return c.backend.ResumeTx(ctx, tx, id)
}

// Delete removes everything of a finished workflow. It fails with ErrNotFound, or
// ErrActive if the workflow isn't finished.
func (c *Client) Delete(ctx context.Context, id string) error {
	return c.backend.Delete(ctx, id)
}

// DeleteTx is Delete within tx: it holds once tx commits. As with any statement of
// Postgres, an error leaves tx of no use but for a rollback.
func (c *Client) DeleteTx(ctx context.Context, tx pgx.Tx, id string) error {
	return c.backend.DeleteTx(ctx, tx, id)
}

// Status returns where a workflow stands now. It fails with ErrNotFound.
func (c *Client) Status(ctx context.Context, id string) (Status, error) {
	return c.backend.Status(ctx, id)
}

// Check looks at every row and returns what breaks an invariant: nothing, at any
// time.
func (c *Client) Check(ctx context.Context) ([]Violation, error) {
	return c.backend.Check(ctx)
}
