package sdk

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/pgweir/weir/engine"
)

// OnExisting says what a start does if there is a workflow of that id. Its graph
// and its metadata stay as they are in any case.
type OnExisting = engine.OnExisting

const (
	// OnExistingResume resumes what is failed or cancelled, also by an operator,
	// and attaches to the rest.
	OnExistingResume = engine.OnExistingResume

	// OnExistingAttach attaches and never resumes.
	OnExistingAttach = engine.OnExistingAttach

	// OnExistingReject fails with ErrExists.
	OnExistingReject = engine.OnExistingReject
)

// StartOpts are the settings of one workflow.
type StartOpts struct {
	// ID is what the workflow is known by: 1-255 bytes without control
	// characters. Starting the same ID twice starts one workflow.
	//
	// Defaults to a random UUID, version 7.
	ID string

	// Metadata is stored with the workflow.
	Metadata map[string]any

	// OnExisting says what happens if the ID is taken.
	//
	// Defaults to OnExistingResume.
	OnExisting OnExisting
}

// StartManyParams is one workflow of StartMany.
type StartManyParams[T any] struct {
	// Root is what the workflow's output is.
	Root Ref[T]

	// Opts are its settings.
	Opts StartOpts
}

// Start stores the workflow that root is the output of. Once it returns, the
// workflow reaches its end as long as some worker can run it. All mistakes that
// were made while binding are reported here, each as an *InputError, and nothing
// is stored then.
func Start[T any](ctx context.Context, client *Client, root Ref[T], opts StartOpts) (Handle[T], error) {
	return startOne[T](ctx, client, start{root: root.node, opts: opts})
}

// StartTx is Start within tx: the workflow exists once tx commits, or never.
func StartTx[T any](ctx context.Context, client *Client, tx pgx.Tx, root Ref[T], opts StartOpts) (Handle[T], error) {
	return startOneTx[T](ctx, client, tx, start{root: root.node, opts: opts})
}

// StartMany starts many workflows in one go. If there is a mistake in any of them,
// nothing is stored. Otherwise each is started or not on its own: the handles are
// in the order of params, and the error joins what went wrong with some, whose
// handles are of no workflow.
func StartMany[T any](ctx context.Context, client *Client, params []StartManyParams[T]) ([]Handle[T], error) {
	starts := make([]start, len(params))
	for i, p := range params {
		starts[i] = start{root: p.Root.node, opts: p.Opts}
	}
	started, err := client.startMany(ctx, starts)
	handles := make([]Handle[T], len(started))
	for i := range started {
		if started[i].ID != "" {
			handles[i] = newHandle[T](client, started[i])
		}
	}
	return handles, err
}

// Run is Start and then Wait. If ctx ends, the workflow goes on. With an ID that
// is taken it gives the output of the workflow that is there, whose graph and
// arguments may be others: Start and Handle.SameGraph tell.
func Run[T any](ctx context.Context, client *Client, root Ref[T], opts StartOpts) (T, error) {
	return run[T](ctx, client, start{root: root.node, opts: opts})
}

// start is one workflow to be started.
type start struct {
	root *node
	opts StartOpts
	name *string // what it is started by, if it is
}

func startOne[T any](ctx context.Context, client *Client, s start) (Handle[T], error) {
	params, err := client.params(s)
	if err != nil {
		return Handle[T]{}, err
	}
	started, err := client.backend.StartWorkflow(ctx, params)
	if err != nil {
		return Handle[T]{}, err
	}
	return newHandle[T](client, started), nil
}

func startOneTx[T any](ctx context.Context, client *Client, tx pgx.Tx, s start) (Handle[T], error) {
	params, err := client.params(s)
	if err != nil {
		return Handle[T]{}, err
	}
	started, err := client.backend.StartWorkflowTx(ctx, tx, params)
	if err != nil {
		return Handle[T]{}, err
	}
	return newHandle[T](client, started), nil
}

func run[T any](ctx context.Context, client *Client, s start) (T, error) {
	handle, err := startOne[T](ctx, client, s)
	if err != nil {
		var zero T
		return zero, err
	}
	return handle.Wait(ctx)
}

func (c *Client) startMany(ctx context.Context, starts []start) ([]engine.Started, error) {
	var errs []error
	params := make([]engine.StartParams, len(starts))
	for i, s := range starts {
		one, err := c.params(s)
		if err != nil {
			errs = append(errs, fmt.Errorf("params[%d]: %w", i, err))
		}
		params[i] = one
	}
	if err := errors.Join(errs...); err != nil || len(params) == 0 {
		return nil, err
	}
	return c.backend.StartWorkflows(ctx, params)
}

func (c *Client) params(s start) (engine.StartParams, error) {
	metadata, refused := metadataOf(s.opts.Metadata)
	errs := []error{refused}
	name := ""
	if s.name != nil {
		name = *s.name
		errs = append(errs, engine.CheckName(name))
	}
	graph, err := buildGraph(s.root, "", c.limits)
	return engine.StartParams{
		ID:         cmp.Or(s.opts.ID, uuid.Must(uuid.NewV7()).String()),
		Name:       name,
		Graph:      graph,
		Metadata:   metadata,
		OnExisting: s.opts.OnExisting,
	}, errors.Join(append(errs, err)...)
}
