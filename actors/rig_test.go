package actors

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
	"github.com/pgweir/weir/internal/batch"
	"github.com/pgweir/weir/internal/testdb"
	"github.com/pgweir/weir/queue"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// promptly bounds what has to happen soon, on a busy machine.
const promptly = 30 * time.Second

// rig calls the SQL functions as the runtime does, one call at a time, with
// nothing running behind the test's back. Its actors are of the type "C", with a
// method "m".
type rig struct {
	ctx  context.Context
	pool *pgxpool.Pool
	db   querier
}

// setupRig returns a rig with two workers, "a" and "b", that can run everything.
func setupRig(t *testing.T) *rig {
	t.Helper()
	pool := testdb.New(t)
	r := &rig{ctx: t.Context(), pool: pool, db: pool}
	for _, worker := range []string{"a", "b"} {
		r.register(t, worker, "C", "C.m", "C..q")
	}
	t.Cleanup(func() {
		if !t.Failed() {
			(&rig{ctx: context.Background(), pool: pool, db: pool}).requireSound(t)
		}
	})
	return r
}

// ready returns a rig with an actor "x" whose constructor has run, its state 0.
func ready(t *testing.T) *rig {
	t.Helper()
	r := setupRig(t)
	_, created := r.create(t, "a", "x")
	require.True(t, created)
	return r
}

func (r *rig) on(db querier) *rig { return &rig{ctx: r.ctx, pool: r.pool, db: db} }

func (r *rig) session(t *testing.T) *rig {
	t.Helper()
	conn, err := r.pool.Acquire(r.ctx)
	require.NoError(t, err)
	t.Cleanup(conn.Release)
	return r.on(conn)
}

func (r *rig) begin(t *testing.T) (*rig, pgx.Tx) {
	t.Helper()
	tx, err := r.pool.Begin(r.ctx)
	require.NoError(t, err)
	t.Cleanup(func() { _ = tx.Rollback(context.Background()) })
	return r.on(tx), tx
}

func scalar[T any](t require.TestingT, r *rig, sql string, args ...any) (value T) {
	require.NoError(t, r.db.QueryRow(r.ctx, sql, args...).Scan(&value), sql)
	return value
}

func (r *rig) exec(sql string, args ...any) error {
	rows, _ := r.db.Query(r.ctx, sql, args...)
	rows.Close()
	return engine.FromDatabase(rows.Err())
}

func (r *rig) requireSound(t require.TestingT) {
	require.Empty(t, scalar[[]string](t, r, `select coalesce(array_agg(concat_ws(': ', invariant, detail)), '{}') from weir.check()`))
}

func (r *rig) register(t require.TestingT, worker string, functions ...string) {
	require.NoError(t, r.exec(`select weir_internal.worker_register($1, 'host', 1, '', $2, '{default}', '1 hour', true)`, worker, functions))
}

func (r *rig) retire(worker string, lost bool, poison int) (done bool, err error) {
	err = r.db.QueryRow(r.ctx, `select weir_internal.worker_retire($1, $2, $3)`, worker, lost, poison).Scan(&done)
	return done, engine.FromDatabase(err)
}

func (r *rig) start(worker, id string) (*grant, bool, error) {
	item := &createItem{key: key{"C", id}, queue: "default", args: json.RawMessage("0"), claim: worker != ""}
	granted, err := create(r.ctx, r.db, named(worker), []*createItem{item}, true)
	return granted[item.actor], item.created, err
}

// create creates an actor whose constructor runs at once.
func (r *rig) create(t require.TestingT, worker, id string) (actor int64, created bool) {
	g, created, err := r.start(worker, id)
	require.NoError(t, err)
	if created {
		item, err := r.commit(worker, g, "0", passGoOn, "0")
		require.NoError(t, err)
		require.Empty(t, item.next)
		actor = g.actor
	}
	return actor, created
}

// createMany creates n actors at once, whose turns worker "a" holds.
func (r *rig) createMany(t *testing.T, prefix string, n int) map[int64]*grant {
	t.Helper()
	items := make([]*createItem, n)
	for i := range items {
		items[i] = &createItem{key: key{"C", fmt.Sprint(prefix, i)}, queue: "default", args: json.RawMessage("0"), claim: true}
	}
	granted, err := create(r.ctx, r.db, named("a"), items, true)
	require.NoError(t, err)
	require.Len(t, granted, n)
	return granted
}

func named(worker string) *string {
	if worker == "" {
		return nil
	}
	return &worker
}

// call accepts a call of an actor, which worker would run; "" is none.
func (r *rig) call(worker, id string) (Called, *grant, error) {
	return r.callWith(worker, id, "")
}

func (r *rig) callWith(worker, id, policy string) (Called, *grant, error) {
	item := &callItem{key: key{"C", id}, method: "m", args: json.RawMessage("1"), claim: worker != ""}
	if policy != "" {
		item.policy = json.RawMessage(policy)
	}
	granted, err := r.enqueue(worker, item)
	return item.called, granted[item.called.actor], err
}

// enqueue accepts calls as a committer does.
func (r *rig) enqueue(worker string, items ...*callItem) (granted map[int64]*grant, err error) {
	err = patiently(func(patient bool) error {
		granted, err = enqueue(r.ctx, r.db, named(worker), items, patient)
		return err
	})
	return granted, err
}

// commitAll commits as a committer does.
func (r *rig) commitAll(worker string, items ...*commitItem) error {
	return patiently(func(patient bool) error { return commit(r.ctx, r.db, worker, items, patient) })
}

func patiently(call func(patient bool) error) error {
	err := call(false)
	if batch.IsLocked(err) {
		err = call(true)
	}
	return err
}

// take is call by a worker that gets the turn.
func (r *rig) take(t *testing.T, worker, id string) *grant {
	t.Helper()
	_, g, err := r.call(worker, id)
	require.NoError(t, err)
	require.NotNil(t, g)
	return g
}

// commit answers the calls of a grant with results.
func (r *rig) commit(worker string, g *grant, state string, p pass, results ...string) (*commitItem, error) {
	item := &commitItem{actor: g.actor, epoch: g.epoch, answered: g.calls[0].seq - 1, pass: p}
	if state != "" {
		item.state = json.RawMessage(state)
	}
	for _, result := range results {
		item.answered++
		item.answers = append(item.answers, answer{seq: item.answered, attempt: 1, began: time.Now(), result: json.RawMessage(result)})
	}
	return item, r.commitAll(worker, item)
}

// fail says that the first call of a grant failed.
func (r *rig) fail(worker string, g *grant, p pass) (*commitItem, error) {
	item := &commitItem{actor: g.actor, epoch: g.epoch, answered: g.calls[0].seq - 1, pass: p, failed: answer{
		attempt: g.calls[0].attempt + 1, failure: json.RawMessage(`{"step": "m", "type": "test", "message": "broken", "attempts": 1}`),
	}}
	return item, r.commitAll(worker, item)
}

// fetch gives the oldest waiting job to a worker, as River does.
func (r *rig) fetch(t require.TestingT, worker string) *queue.Token {
	var token queue.Token
	err := r.db.QueryRow(r.ctx, `
update weir_internal.river_job as j
set state = 'running', attempt = j.attempt + 1, attempted_at = weir_internal.clock(), attempted_by = array_append(j.attempted_by, $1::text)
where j.id = (select k.id from weir_internal.river_job as k where k.state = 'available' order by k.priority, k.id limit 1)
returning j.id, (j.args ->> 'w')::bigint, (j.args ->> 's')::integer`, worker).Scan(&token.Job, &token.Workflow, &token.Step)
	if err == pgx.ErrNoRows {
		return nil
	}
	require.NoError(t, err)
	return &token
}

// fetched has a worker fetch the oldest job and claim the turn.
func (r *rig) fetched(t *testing.T, worker string) *grant {
	t.Helper()
	token := r.fetch(t, worker)
	require.NotNil(t, token, "no job")
	require.Equal(t, int32(-1), token.Step)
	item := &claimItem{token: *token}
	require.NoError(t, claim(r.ctx, r.db, worker, []*claimItem{item}, true))
	require.NotNil(t, item.grant)
	return item.grant
}

func (r *rig) state(t require.TestingT, id string) string {
	return scalar[string](t, r, `select coalesce(state::text, '') from weir.actors where actor_id = $1`, id)
}

func (r *rig) status(t require.TestingT, id string) string {
	return scalar[string](t, r, `select status from weir.actors where actor_id = $1`, id)
}

// calls are the statuses of an actor's calls, in their order.
func (r *rig) calls(t require.TestingT, id string) string {
	return scalar[string](t, r, `select coalesce(string_agg(status, ' ' order by seq), '') from weir.actor_calls where actor_id = $1`, id)
}

func (r *rig) delete(id string) error { return r.exec(`select weir.actor_delete('C', $1)`, id) }

func (r *rig) setState(id, state string, version int) error {
	return r.exec(`select weir.actor_set_state('C', $1, $2, $3, 'a test')`, id, state, version)
}

// waits runs second while first's transaction is open, sees that it waits for a
// lock, commits, and returns what second does.
func (r *rig) waits(t *testing.T, first func(*rig), second func(*rig) error) error {
	t.Helper()
	holder, tx := r.begin(t)
	first(holder)
	other := r.session(t)
	pid := scalar[int](t, other, `select pg_backend_pid()`)
	done := make(chan error, 1)
	go func() { done <- second(other) }()

	require.Eventually(t, func() bool {
		select {
		case err := <-done:
			panic(fmt.Sprint("did not wait: ", err))
		default:
		}
		return scalar[bool](t, r, `select coalesce(wait_event_type = 'Lock', false) from pg_stat_activity where pid = $1`, pid)
	}, promptly, time.Millisecond)
	require.NoError(t, tx.Commit(r.ctx))
	return <-done
}
