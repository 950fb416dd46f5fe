package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/internal/testdb"
	"github.com/pgweir/weir/queue"
)

// rig calls the SQL functions as the queue and the engine do, one call at a time,
// with nothing running behind the test's back. River is played by fetch and
// complete.
type rig struct {
	ctx  context.Context
	pool *pgxpool.Pool
	db   rigConn
}

// rigConn is what a pool, a connection and a transaction have in common.
type rigConn interface {
	querier
	Begin(ctx context.Context) (pgx.Tx, error)
}

func setupRig(t *testing.T) *rig {
	t.Helper()
	pool := testdb.New(t)
	r := &rig{ctx: t.Context(), pool: pool, db: pool}
	t.Cleanup(func() {
		if !t.Failed() {
			(&rig{ctx: context.Background(), pool: pool, db: pool}).requireSound(t)
		}
	})
	return r
}

// on returns the rig on another connection.
func (r *rig) on(db rigConn) *rig { return &rig{ctx: r.ctx, pool: r.pool, db: db} }

// session returns the rig on a connection of its own.
func (r *rig) session(t *testing.T) *rig {
	t.Helper()
	conn, err := r.pool.Acquire(r.ctx)
	require.NoError(t, err)
	t.Cleanup(conn.Release)
	return r.on(conn)
}

// begin returns the rig inside a transaction of its own, rolled back at the
// test's end if nobody has ended it.
func (r *rig) begin(t *testing.T) (*rig, pgx.Tx) {
	t.Helper()
	tx, err := r.pool.Begin(r.ctx)
	require.NoError(t, err)
	t.Cleanup(func() { _ = tx.Rollback(context.Background()) })
	return r.on(tx), tx
}

// pid is the server process of the rig's connection.
func (r *rig) pid(t require.TestingT) int {
	return scalar[int](t, r, `select pg_backend_pid()`)
}

func (r *rig) requireSound(t require.TestingT) {
	rows, _ := r.db.Query(r.ctx, checkSQL)
	violations, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Violation])
	require.NoError(t, err)
	require.Empty(t, violations)
}

// scalar returns the one value that a statement does.
func scalar[T any](t require.TestingT, r *rig, sql string, args ...any) (value T) {
	require.NoError(t, r.db.QueryRow(r.ctx, sql, args...).Scan(&value))
	return value
}

// exec runs a statement whose result nobody reads.
func (r *rig) exec(t require.TestingT, sql string, args ...any) {
	rows, _ := r.db.Query(r.ctx, sql, args...)
	rows.Close()
	require.NoError(t, rows.Err())
}

func (r *rig) register(t require.TestingT, worker string, functions ...string) {
	r.exec(t, `select weir_internal.worker_register($1, 'host', 1, '', $2, '{default}', '1 hour', true)`, worker, functions)
}

func (r *rig) retire(worker string, lost bool, poison int) (done bool, err error) {
	err = r.db.QueryRow(r.ctx, `select weir_internal.worker_retire($1, $2, $3)`, worker, lost, poison).Scan(&done)
	return done, FromDatabase(err)
}

func (r *rig) start(t require.TestingT, id string, steps ...Step) Started {
	return r.startAs(t, OnExistingResume, id, steps...)
}

func (r *rig) startAs(t require.TestingT, existing OnExisting, id string, steps ...Step) Started {
	item := newRigStart(t, StartParams{ID: id, Graph: Graph{Steps: steps}, OnExisting: existing})
	require.NoError(t, start(r.ctx, r.db, []*startItem{item}, true))
	return item.started
}

func newRigStart(t require.TestingT, params StartParams) *startItem {
	require.NoError(t, params.Validate(Limits{}))
	return &startItem{params: params, columns: newStepColumns(&params.Graph)}
}

// startHere starts a workflow in the process of a worker, one of whose threads has
// run out of work and is through with a job. It returns what that thread holds
// then, nil if nothing.
func (r *rig) startHere(item *startItem, worker string, done int64, functions ...string) (*rigThread, error) {
	known := make(map[string]Function)
	for _, function := range functions {
		known[function] = Function{}
	}
	no := item.columns.firstFor(known)
	if no < 0 {
		return nil, start(r.ctx, r.db, []*startItem{item}, true)
	}
	to := &idler{worker: worker, done: done, gift: make(chan *assignment, 1)}
	item.handed = handed{to: to, no: int32(no)}
	err := start(r.ctx, r.db, []*startItem{item}, true)
	item.answer(err)
	a := <-to.gift
	if a == nil {
		return nil, err
	}
	return &rigThread{worker: worker, job: to.token.Job, assignment: a}, err
}

// fetch gives the oldest waiting job to a worker, as River does. The token is nil
// if there is none.
func (r *rig) fetch(t require.TestingT, worker string) *queue.Token {
	var token queue.Token
	err := r.db.QueryRow(r.ctx, `
with picked as (
  select j.id
  from weir_internal.river_job as j
  join weir_internal.worker as w on w.id = $1 and j.kind = any (w.functions)
  where j.state = 'available'
  order by j.id
  limit 1
  for update of j skip locked
)
update weir_internal.river_job as j
set state = 'running', attempt = j.attempt + 1, attempted_at = weir_internal.clock(), attempted_by = array_append(j.attempted_by, $1::text)
from picked as p
where j.id = p.id
returning j.id, (j.args ->> 'w')::bigint, (j.args ->> 's')::integer`, worker).Scan(&token.Job, &token.Workflow, &token.Step)
	if err == pgx.ErrNoRows {
		return nil
	}
	require.NoError(t, err)
	return &token
}

// complete is what River does when the worker of a job returns: it looks at the
// state only.
func (r *rig) complete(t require.TestingT, job int64) {
	r.exec(t, `update weir_internal.river_job set state = 'completed', finalized_at = clock_timestamp() where id = $1 and state = 'running'`, job)
}

func (r *rig) claim(worker string, tokens ...*queue.Token) ([]reply, error) {
	var (
		job, workflow []int64
		no            []int32
	)
	for _, token := range tokens {
		job, workflow, no = append(job, token.Job), append(workflow, token.Workflow), append(no, token.Step)
	}
	rows, _ := r.db.Query(r.ctx, claimSQL, worker, job, workflow, no, true)
	hands, err := pgx.CollectRows(rows, scanHand)
	if err != nil {
		return nil, FromDatabase(err)
	}
	return replies(len(tokens), hands), nil
}

// take fetches and claims one step, which has to be there.
func (r *rig) take(t require.TestingT, worker string) *rigThread {
	token := r.fetch(t, worker)
	require.NotNil(t, token, "no job for %s", worker)
	claimed, err := r.claim(worker, token)
	require.NoError(t, err)
	require.NotNil(t, claimed[0].next)
	return &rigThread{worker: worker, job: token.Job, assignment: claimed[0].next}
}

// rigThread is a step that a worker holds.
type rigThread struct {
	worker string
	job    int64
	*assignment
}

func (h *rigThread) item(output string, p pass) *advanceItem {
	return &advanceItem{
		job: h.job, workflow: h.workflow, no: h.no, epoch: h.epoch, attempt: h.attempt, output: json.RawMessage(output), pass: p,
	}
}

// succeed checkpoints the step. Of the reply next is what the thread holds then.
func (r *rig) succeed(h *rigThread, output string, p pass) (reply, error) {
	item := h.item(output, p)
	err := advance(r.ctx, r.db, advanceSQL, h.worker, []*advanceItem{item}, true)
	if err == nil && p == passRun && !item.reply.lost && !item.reply.stopped {
		item.reply.next = h.follow(item.output)
	}
	return item.reply, err
}

func (r *rig) fail(h *rigThread, message string, permanent bool) (verdict string, ended bool, err error) {
	err = r.db.QueryRow(r.ctx, failSQL,
		h.worker, h.workflow, h.no, h.epoch, h.attempt, 0.0, fmt.Sprintf(`{"type": "test", "message": %q}`, message), permanent,
	).Scan(&verdict, &ended)
	return verdict, ended, FromDatabase(err)
}

func (r *rig) delegate(h *rigThread, hand bool, steps ...Step) (reply, error) {
	graph := &Graph{Steps: steps}
	c := newStepColumns(graph)
	for i := range steps {
		c.name[i] = steps[i].Name
	}
	rows, _ := r.db.Query(r.ctx, delegateSQL,
		h.worker, h.workflow, h.no, h.epoch, h.job, h.attempt, 0.0, hand,
		c.no, c.name, c.function, c.queue, c.dependencies, c.dependents, c.run, c.caught, c.args, c.policy, c.metadata,
	)
	hands, err := pgx.CollectRows(rows, scanHand)
	if err != nil {
		return reply{}, FromDatabase(err)
	}
	return replies(1, hands)[0], nil
}

func (r *rig) release(h *rigThread) (released bool, err error) {
	err = r.db.QueryRow(r.ctx, releaseSQL, h.worker, []int64{h.job}, []int64{h.workflow}).Scan(&released)
	return released, FromDatabase(err)
}

func (r *rig) fireTimers(t require.TestingT) int {
	return scalar[int](t, r, `select fired from weir_internal.fire_timers(1000)`)
}

func (r *rig) cancel(id string) error {
	var canceled bool
	return manage(r.ctx, r.db, `select weir.cancel($1)`, id, &canceled)
}

func (r *rig) resume(id string) (status Status, err error) {
	err = manage(r.ctx, r.db, `select weir.resume($1)`, id, &status)
	return status, err
}

func (r *rig) delete(id string) error {
	return manage(r.ctx, r.db, deleteSQL, id, new(bool))
}

func (r *rig) status(t require.TestingT, id string) string {
	return scalar[string](t, r, `select status::text from weir_internal.workflow where workflow_id = $1`, id)
}

// states are those of all steps of a workflow, in the order of their numbers.
func (r *rig) states(t require.TestingT, id string) []string {
	return scalar[[]string](t, r, `
select array_agg(s.state::text order by s.no)
from weir_internal.step as s
join weir_internal.workflow as w on w.id = s.workflow
where w.workflow_id = $1`, id)
}

// plain is a step of the function "f" that depends on others.
func plain(after ...int) Step { return Step{Name: "s", Function: "f", After: after} }

// chain is a graph of n steps of "f", one after the other.
func chain(n int) []Step {
	steps := []Step{plain()}
	for i := 1; i < n; i++ {
		steps = append(steps, plain(i-1))
	}
	return steps
}

// promptly bounds what has to happen soon.
const promptly = 20 * time.Second
