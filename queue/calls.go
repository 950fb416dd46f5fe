package queue

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// The SQL functions that this package calls, one Go function each. Every call
// has a limit of its own, because a call that hangs must not hold up a service
// for longer than the service can bear.
const (
	beatTimeout      = 1500 * time.Millisecond
	drainTimeout     = time.Second
	lockTimeout      = time.Second
	mendTimeout      = 10 * time.Second
	reconcileTimeout = 5 * time.Second
	registerTimeout  = 5 * time.Second
	retireTimeout    = 5 * time.Second
	sweepTimeout     = 5 * time.Second
)

// querier is what a connection and a pool have in common.
type querier interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

type registration struct {
	id        string
	host      string
	pid       int
	version   string
	functions []string
	queues    []string
	lease     time.Duration

	sessionLock bool
	manual      bool
}

// register creates the worker row and returns the key of its session lock.
func register(ctx context.Context, db querier, r registration) (int32, error) {
	ctx, cancel := context.WithTimeout(ctx, registerTimeout)
	defer cancel()

	var lockKey int32
	err := db.QueryRow(ctx,
		"select weir_internal.worker_register($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		r.id, r.host, r.pid, r.version, r.functions, r.queues, r.lease, r.sessionLock, r.manual,
	).Scan(&lockKey)
	if err != nil {
		return 0, fmt.Errorf("registering worker: %w", err)
	}

	return lockKey, nil
}

// stepKey tells held steps apart; the database answers with it.
type stepKey struct {
	Workflow int64
	Step     int32
	Epoch    int32
}

func (h Held) key() stepKey {
	return stepKey{Workflow: h.Workflow, Step: h.Step, Epoch: h.Epoch}
}

// beat renews the lease, marks the held steps as running, and returns those of
// them that are no longer held.
func beat(ctx context.Context, db querier, id string, lease time.Duration, held []Held) ([]stepKey, error) {
	ctx, cancel := context.WithTimeout(ctx, beatTimeout)
	defer cancel()

	columns := newHeldColumns(held)
	rows, err := db.Query(ctx,
		"select workflow, no, epoch from weir_internal.worker_beat($1, $2, $3, $4, $5, $6, $7, $8)",
		id, lease, columns.workflow, columns.step, columns.epoch, columns.job, columns.attempt, columns.took,
	)
	if err != nil {
		return nil, fmt.Errorf("beating: %w", err)
	}

	gone, err := pgx.CollectRows(rows, pgx.RowToStructByPos[stepKey])
	if err != nil {
		return nil, fmt.Errorf("beating: %w", err)
	}

	return gone, nil
}

// heldColumns are held steps as the arrays of a set-based call.
type heldColumns struct {
	workflow []int64
	step     []int32
	epoch    []int32
	job      []int64
	attempt  []int32
	took     []float64 // seconds
}

func newHeldColumns(held []Held) heldColumns {
	columns := heldColumns{
		workflow: make([]int64, len(held)),
		step:     make([]int32, len(held)),
		epoch:    make([]int32, len(held)),
		job:      make([]int64, len(held)),
		attempt:  make([]int32, len(held)),
		took:     make([]float64, len(held)),
	}
	for i, h := range held {
		columns.workflow[i] = h.Workflow
		columns.step[i] = h.Step
		columns.epoch[i] = h.Epoch
		columns.job[i] = h.Job
		columns.attempt[i] = h.Attempt
		columns.took[i] = time.Since(h.StartedAt).Seconds()
	}

	return columns
}

// drain makes it known that the worker takes no new work.
func drain(ctx context.Context, db querier, id string) error {
	ctx, cancel := context.WithTimeout(ctx, drainTimeout)
	defer cancel()

	if _, err := db.Exec(ctx, "select weir_internal.worker_drain($1)", id); err != nil {
		return fmt.Errorf("draining worker: %w", err)
	}

	return nil
}

// retire gives up a worker and requeues what it had, also what was fetched under
// the id of one that was retired before. lost says that its running
// attempts count as lost, and a step that was lost poison times fails. It
// returns false if it has to be called again.
func retire(ctx context.Context, db querier, id string, lost bool, poison int) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, retireTimeout)
	defer cancel()

	var done bool
	err := db.QueryRow(ctx, "select weir_internal.worker_retire($1, $2, $3)", id, lost, poison).Scan(&done)
	if err != nil {
		return false, fmt.Errorf("retiring worker: %w", err)
	}

	return done, nil
}

// release gives back what one job holds. It returns false if it has to be called
// again.
func release(ctx context.Context, db querier, id string, token Token) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, retireTimeout)
	defer cancel()

	var done bool
	err := db.QueryRow(ctx, "select weir_internal.release($1, array[$2::bigint], array[$3::bigint])",
		id, token.Job, token.Workflow,
	).Scan(&done)
	if err != nil {
		return false, fmt.Errorf("releasing job: %w", err)
	}

	return done, nil
}

// sweep retires dead workers. It returns their ids and when to look again.
func sweep(ctx context.Context, db querier, poison int) (retired []string, next time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, sweepTimeout)
	defer cancel()

	err = db.QueryRow(ctx, "select retired, next_in from weir_internal.worker_sweep($1)", poison).Scan(&retired, &next)
	if err != nil {
		return nil, 0, fmt.Errorf("sweeping workers: %w", err)
	}

	return retired, next, nil
}

// reconcile gives back the River rows that run under id for longer than older
// and are not among jobs: all, or those of one workflow. It returns how many there
// were.
func reconcile(ctx context.Context, db querier, id string, jobs []int64, older time.Duration, workflowID *string) (reconcileResult, error) {
	ctx, cancel := context.WithTimeout(ctx, reconcileTimeout)
	defer cancel()

	var res reconcileResult
	err := db.QueryRow(ctx, "select found, remains from weir_internal.worker_reconcile($1, $2, $3, $4)", id, jobs, older, workflowID).
		Scan(&res.Found, &res.Remains)
	if err != nil {
		return reconcileResult{}, fmt.Errorf("reconciling jobs: %w", err)
	}

	return res, nil
}

// mend looks at one slice of the live workflows after a key and repairs steps
// without a live job. It returns how many it repaired and the key to go on
// after, 0 at the end.
func mend(ctx context.Context, db querier, after int64, limit int) (mended int, next int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, mendTimeout)
	defer cancel()

	err = db.QueryRow(ctx, "select mended, next from weir_internal.queue_mend($1, $2)", after, limit).Scan(&mended, &next)
	if err != nil {
		return 0, 0, fmt.Errorf("mending steps: %w", err)
	}

	return mended, next, nil
}
