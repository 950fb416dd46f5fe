package actors

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
	"github.com/pgweir/weir/internal/testdb"
)

func TestRolesMayDoWithActorsWhatTheyAreForAndNoMore(t *testing.T) {
	t.Parallel()
	url := testdb.URL(t)
	reader, client := testdb.As(t, url, "weir_reader"), testdb.As(t, url, "weir_client")
	operator, worker := testdb.As(t, url, "weir_operator"), testdb.As(t, url, "weir_worker")
	allowed := func(pool *pgxpool.Pool, statements ...string) {
		t.Helper()
		for _, sql := range statements {
			_, err := pool.Exec(t.Context(), sql)
			require.NoError(t, err, sql)
		}
	}

	runs := setupOn(t, worker)
	asks := newCounters().start(t, Config{Engine: engine.Config{Pool: client}})
	asks.create(t, "x")
	asks.mustRun(t, "add", 3, 3)
	require.Equal(t, 3, asks.get(t), "on the worker")
	runs.mustRun(t, "add", 1, 4)
	require.NoError(t, asks.Remind(t.Context(), RemindParams{Call: params("add", 1), Name: "r", Every: time.Hour, CatchUp: "one"}))
	_, err := asks.Forget(t.Context(), "Counter", "x", "r")
	require.NoError(t, err)

	for _, pool := range []*pgxpool.Pool{reader, client, operator, worker} {
		allowed(
			pool, `select * from weir.actors`, `select * from weir.actor_calls`, `select * from weir.reminders`, `select * from weir.audit`,
			`select weir.actor_result('Counter', 'x', 2)`,
		)
		testdb.Refused(
			t, pool, `update weir_internal.actor set state = '1'`, `delete from weir_internal.actor_call`, `select * from weir_internal.actor_query`,
			`select weir_internal.actor_requeue('x', '{}', '{}', true, 1)`, `select weir_internal.actor_begin(null, '{}', '{}', now())`,
		)
	}
	reads := newCounters().start(t, Config{Engine: engine.Config{Pool: reader}})
	listed, err := reads.ListActors(t.Context(), "Counter", "", 10)
	require.NoError(t, err)
	require.JSONEq(t, `{"N": 4, "Calls": null}`, string(listed[0].State))
	_, err = reads.QueryActor(t.Context(), "Counter", "x", "get", json.RawMessage("null"))
	var pgErr *pgconn.PgError
	require.ErrorAs(t, err, &pgErr, "a question is written")
	require.Equal(t, "42501", pgErr.Code)

	testdb.Refused(
		t, reader, `select weir.actor_call('Counter', 'x', 'add', '1')`, `select weir.actor_get_or_create('Counter', 'y')`,
		`select weir.actor_resume('Counter', 'x')`, `select weir.actor_remind('Counter', 'x', 'r', 'add', '1', every => '1 hour')`,
		`select weir.actor_forget('Counter', 'x', 'r')`,
	)
	for _, pool := range []*pgxpool.Pool{reader, client, worker} {
		testdb.Refused(t, pool, `select weir.actor_delete('Counter', 'x')`, `select weir.actor_set_state('Counter', 'x', '{}', 3, 'why')`)
	}
	testdb.Refused(
		t, client, `select weir_internal.actor_claim('w', '{}', '{}', true)`, `select weir_internal.actor_asked(1)`,
		`select weir_internal.actor_answer(1, null, null)`, `select weir_internal.actor_reconcile('w', '{}', '{}', '1 s')`,
	)
	allowed(client, `select weir.actor_call('Counter', 'x', 'add', '1')`, `select weir.actor_resume('Counter', 'x')`)
	runs.mustRun(t, "add", 0, 5)
	allowed(
		operator, `select weir.actor_set_state('Counter', 'x', '{"N": 9}', (select version from weir.actors), 'why')`,
		`select weir.actor_delete('Counter', 'x')`,
	)
}
