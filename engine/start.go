package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
)

// startItem is a workflow on its way to being stored.
type startItem struct {
	params  StartParams
	columns *stepColumns
	started Started
	handed  handed
}

// stepBytes is what a step costs the server beside its payload, as bytes of one:
// a batch has some 4,000 steps.
const stepBytes = 8 << 10

func (i *startItem) size() int {
	bytes := len(i.params.Metadata) + len(i.columns.no)*stepBytes
	for n, args := range i.columns.args {
		bytes += len(args) + len(i.columns.metadata[n])
	}
	return bytes
}

// StartWorkflow stores a workflow with its whole graph and has it run. Once it
// returns, the workflow reaches its end as long as some worker can run it,
// whatever happens to this process. What the caller is told of an ID that exists
// already is OnExisting's matter.
//
// Errors: *InputError before anything is stored, ErrExists.
func (e *Engine) StartWorkflow(ctx context.Context, params StartParams) (Started, error) {
	item, err := e.newStartItem(params)
	if err != nil {
		return Started{}, err
	}
	if err := e.starts.Do(ctx, item); err != nil {
		return Started{}, fmt.Errorf("starting %q: %w", params.ID, err)
	}
	return e.report(item)
}

// StartWorkflowTx is StartWorkflow in the caller's transaction: the workflow
// exists when that commits.
func (e *Engine) StartWorkflowTx(ctx context.Context, tx pgx.Tx, params StartParams) (Started, error) {
	item, err := e.newStartItem(params)
	if err != nil {
		return Started{}, err
	}
	if err := start(ctx, tx, []*startItem{item}, true); err != nil {
		return Started{}, fmt.Errorf("starting %q: %w", params.ID, err)
	}
	return e.report(item)
}

// StartWorkflows starts many workflows in as few calls as their sizes allow. Each
// is stored whole or not at all, and independently of the others: the result has
// an entry for each, and the error joins what went wrong with some.
func (e *Engine) StartWorkflows(ctx context.Context, params []StartParams) ([]Started, error) {
	items := make([]*startItem, len(params))
	var refused []error
	for i := range params {
		item, err := e.newStartItem(params[i])
		if err != nil {
			refused = append(refused, fmt.Errorf("params[%d]: %w", i, err))
		}
		items[i] = item
	}
	if len(refused) > 0 {
		return nil, errors.Join(refused...)
	}

	errs := e.starts.DoAll(ctx, items)
	started := make([]Started, len(items))
	for i, item := range items {
		if errs[i] == nil {
			started[i], errs[i] = e.report(item)
		}
		if errs[i] != nil {
			errs[i] = fmt.Errorf("params[%d]: %w", i, errs[i])
		}
	}
	return started, errors.Join(errs...)
}

func (e *Engine) newStartItem(params StartParams) (*startItem, error) {
	if err := params.Validate(e.config.Limits); err != nil {
		return nil, err
	}
	return &startItem{params: params, columns: newStepColumns(&params.Graph)}, nil
}

// report is what the caller is told.
func (e *Engine) report(item *startItem) (Started, error) {
	if item.params.OnExisting == OnExistingReject && !item.started.Created {
		return item.started, fmt.Errorf("starting %q: %w", item.params.ID, ErrExists)
	}
	if item.started.Created && item.params.Graph.waits() {
		e.timers.poke()
	}
	return item.started, nil
}

const (
	startSQL = `select ord, id, status, created, same_graph, 0::bigint from weir_internal.start(
  $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, true, $19
)`
	startHereSQL = `select ord, id, status, created, same_graph, coalesce(job, 0) from weir_internal.start_here(
  $20, $21, $22, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, true, $19
)`
)

// startTries bounds how often a start is made that meets a workflow of its id
// which is just being deleted.
const startTries = 5

// start does a batch of starts. Sorted by id, two batches meet in the same order.
func start(ctx context.Context, db querier, batch []*startItem, patient bool) error {
	for range startTries {
		if err := startOnce(ctx, db, batch, patient); err != nil {
			return FromDatabase(err)
		}
		// Neither stored nor there: it was deleted between the two looks.
		batch = slices.DeleteFunc(slices.Clone(batch), func(item *startItem) bool { return item.started.Key != 0 })
		if len(batch) == 0 {
			return nil
		}
	}
	return fmt.Errorf("%q is deleted again and again: %w", batch[0].params.ID, ErrActive)
}

func startOnce(ctx context.Context, db querier, batch []*startItem, patient bool) error {
	slices.SortFunc(batch, func(a, b *startItem) int { return cmp.Compare(a.params.ID, b.params.ID) })
	var (
		id          = make([]string, len(batch))
		name        = make([]*string, len(batch))
		metadata    = make([]json.RawMessage, len(batch))
		fingerprint = make([]*int64, len(batch))
		steps       = make([]int32, len(batch))
		onExisting  = make([]string, len(batch))
		c           stepColumns
	)
	for i, item := range batch {
		id[i] = item.params.ID
		if item.params.Name != "" {
			name[i] = &item.params.Name
		}
		metadata[i] = item.params.Metadata
		fingerprint[i] = item.columns.fingerprint()
		steps[i] = int32(len(item.columns.no))
		onExisting[i] = item.params.OnExisting.String()
		c.append(item.columns, int32(i+1))
	}

	sql := startSQL
	args := []any{
		id, name, metadata, fingerprint, steps, onExisting,
		c.workflow, c.no, c.name, c.function, c.queue, c.dependencies, c.dependents, c.run, c.caught, c.args, c.policy,
		c.metadata, patient,
	}
	if worker, hand, done := handedColumns(batch); worker != "" {
		sql = startHereSQL
		args = append(args, worker, hand, done)
	}
	rows, _ := db.Query(ctx, sql, args...)
	var (
		ord     int
		started Started
		job     int64
	)
	_, err := pgx.ForEachRow(rows, []any{&ord, &started.Key, &started.Status, &started.Created, &started.SameGraph, &job}, func() error {
		started.ID = id[ord-1]
		batch[ord-1].started = started
		batch[ord-1].handed.job = job
		return nil
	})
	return err
}
