package engine_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
	"github.com/pgweir/weir/internal/testdb"
)

// double is a registered graph: it adds its input to itself.
var double = engine.Function{Name: "double", Continue: grow("", func(n int) engine.Continuation {
	return returned(call("add", number(n)), call("add", ref(0), ref(0)))
}).Continue}

// byName is a start of a registered name, as package sdk makes it.
func byName(id, name, input string) engine.StartParams {
	return engine.StartParams{ID: id, Name: name, Graph: graph(call(name, literal(input)))}
}

// refusal is the SQLSTATE and the field by which the server refused a statement.
func refusal(t *testing.T, b *testBundle, sql string, args ...any) (code, field string) {
	t.Helper()
	_, err := b.pool.Exec(t.Context(), sql, args...)
	var pgErr *pgconn.PgError
	require.ErrorAs(t, err, &pgErr, sql)
	return pgErr.Code, pgErr.ColumnName
}

func TestStartFromSQLRunsTheRegisteredGraph(t *testing.T) {
	t.Parallel()
	b := setup(t, double, addFunction)
	id := scalar[string](t, b, `select weir.start('double', '21', 'w', '{"customer": "ann"}')`)
	require.Equal(t, "w", id)
	requireOutput(t, "42", b.wait(t, "w"))
	require.Equal(t, []string{"double", "add", "add_1"}, b.names(t, "w"))
	require.Equal(t, `double {"customer": "ann"}`, scalar[string](t, b, `select name || ' ' || metadata from weir.workflows where workflow_id = 'w'`))
	require.Equal(t, `double default [{"v": 21}]`,
		scalar[string](t, b, `select concat_ws(' ', function, queue, args) from weir.steps where workflow_id = 'w' and no = 0`))
}

func TestStartFromSQLChoosesAnID(t *testing.T) {
	t.Parallel()
	b := setup(t, double, addFunction)
	ids := scalar[[]string](t, b, `select array_agg(weir.start('double', to_jsonb(n))) from generate_series(1, 3) as n`)
	for i, id := range ids {
		parsed, err := uuid.Parse(id)
		require.NoError(t, err)
		require.Equal(t, uuid.Version(7), parsed.Version())
		require.Equal(t, uuid.RFC4122, parsed.Variant())
		requireOutput(t, fmt.Sprint(2*(i+1)), b.wait(t, id))
	}
	require.Equal(t, 3, scalar[int](t, b, `select count(*)::int from weir.workflows where name = 'double'`))
}

func TestStartFromSQLTakesNullForWhatIsLeftOut(t *testing.T) {
	t.Parallel()
	b := setup(t, addFunction)
	id := scalar[string](t, b, `select weir.start('add', '1', null, null, null, null)`)
	requireOutput(t, "1", b.wait(t, id))
	require.Equal(t, id, scalar[string](t, b, `select weir.start('add', '1', $1, null, null, null)`, id))
	require.Equal(t, "default {}", scalar[string](t, b, `
select s.queue || ' ' || w.metadata from weir.workflows as w join weir.steps as s using (workflow_id) where w.workflow_id = $1`, id))
}

func TestStartFromSQLIsOfItsTransaction(t *testing.T) {
	t.Parallel()
	b := setup(t, addFunction)
	for _, end := range []func(pgx.Tx) error{
		func(tx pgx.Tx) error { return tx.Rollback(t.Context()) },
		func(tx pgx.Tx) error { return tx.Commit(t.Context()) },
	} {
		require.Zero(t, scalar[int](t, b, `select count(*)::int from weir_internal.river_job`))
		tx, err := b.pool.Begin(t.Context())
		require.NoError(t, err)
		_, err = tx.Exec(t.Context(), `select weir.start('add', '1', 'w')`)
		require.NoError(t, err)
		_, err = b.Status(t.Context(), "w")
		require.ErrorIs(t, err, engine.ErrNotFound)
		require.NoError(t, end(tx))
	}
	requireOutput(t, "1", b.wait(t, "w"))
}

const ordersSQL = `
create table orders (no integer primary key, amount integer not null);
grant insert on orders to weir_client;

create function start_double() returns trigger language plpgsql as $$
begin
  perform weir.start('double', to_jsonb(new.amount), 'order-' || new.no, jsonb_build_object('no', new.no));
  return new;
end
$$;
create trigger start_double after insert on orders for each row execute function start_double();`

func TestTriggerStartsWorkflowsForWhoMayStartThem(t *testing.T) {
	t.Parallel()
	url := testdb.URL(t)
	b := setupOn(t, testdb.As(t, url, "weir_worker"), double, addFunction)
	owner := testdb.As(t, url, "none")
	_, err := owner.Exec(t.Context(), ordersSQL)
	require.NoError(t, err)

	client := testdb.As(t, url, "weir_client")
	_, err = client.Exec(t.Context(), `insert into orders values (1, 10), (2, 20), (3, 30)`)
	require.NoError(t, err)
	for no := 1; no <= 3; no++ {
		requireOutput(t, fmt.Sprint(20*no), b.wait(t, numbered("order", no)))
	}

	// The insert fails with the start, and the workflows with the insert.
	_, err = client.Exec(t.Context(), `insert into orders values (4, 40), (1, 10)`)
	require.ErrorContains(t, err, "orders_pkey")
	_, err = b.Status(t.Context(), "order-4")
	require.ErrorIs(t, err, engine.ErrNotFound)
	testdb.Refused(t, testdb.As(t, url, "weir_reader"), `select weir.start('double', '1')`)
}

func TestStartOfANameThatNobodyKnowsWaitsForWhoDoes(t *testing.T) {
	t.Parallel()
	b := setup(t, addFunction)
	_, err := b.StartWorkflow(t.Context(), byName("go", "later", "1"))
	require.NoError(t, err)
	scalar[string](t, b, `select weir.start('later', '1', 'sql')`)
	for _, id := range []string{"go", "sql"} {
		require.Equal(t, "ready later", scalar[string](t, b, `select state || ' ' || function from weir.steps where workflow_id = $1`, id))
		status, err := b.Status(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, engine.StatusResumable, status)
	}

	later, runs := counting("later")
	knows := setupOn(t, b.pool, later)
	for _, id := range []string{"go", "sql"} {
		require.Equal(t, engine.StatusSuccessful, knows.wait(t, id).Status)
	}
	require.Equal(t, int64(2), runs.Load())
}

func TestStartFromSQLRefusesWhatGoRefuses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name, test := range map[string]struct {
		args  string
		field string
		input engine.StartParams
	}{
		"empty name":        {`''`, "name", engine.StartParams{}},
		"long name":         {`repeat('n', 128)`, "name", byName("w", strings.Repeat("n", 128), "1")},
		"name with control": {`E'a\nb'`, "name", byName("w", "a\nb", "1")},
		"reserved name":     {`'weir.sleep'`, "name", byName("w", "weir.sleep", "1")},
		"null name":         {`null`, "name", engine.StartParams{}},
		"null input":        {`'n', null`, "input", byName("w", "n", "")},
		"empty id":          {`'n', '1', ''`, "workflow_id", byName("", "n", "1")},
		"long id":           {`'n', '1', repeat('i', 256)`, "workflow_id", byName(strings.Repeat("i", 256), "n", "1")},
		"id with control":   {`'n', '1', E'a\tb'`, "workflow_id", byName("a\tb", "n", "1")},
		"array as metadata": {`'n', '1', 'w', '[]'`, "metadata", engine.StartParams{ID: "w", Metadata: json.RawMessage("[]"), Graph: graph(call("n"))}},
		"null as metadata":  {`'n', '1', 'w', 'null'`, "metadata", engine.StartParams{ID: "w", Metadata: json.RawMessage("null"), Graph: graph(call("n"))}},
		"unknown setting":   {`'n', '1', 'w', '{}', 'RESUME'`, "on_existing", engine.StartParams{ID: "w", OnExisting: 7, Graph: graph(call("n"))}},
		"upper case queue":  {`'n', '1', 'w', '{}', 'resume', 'Fast'`, "queue", onQueue("Fast")},
		"queue of dashes":   {`'n', '1', 'w', '{}', 'resume', 'a--b'`, "queue", onQueue("a--b")},
		"queue's line end":  {`'n', '1', 'w', '{}', 'resume', E'a\n'`, "queue", onQueue("a\n")},
		"long queue":        {`'n', '1', 'w', '{}', 'resume', repeat('q', 65)`, "queue", onQueue(strings.Repeat("q", 65))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, field := refusal(t, b, `select weir.start(`+test.args+`)`)
			require.Equal(t, "WF006", code)
			require.Equal(t, test.field, field)
			require.ErrorIs(t, test.input.Validate(engine.Limits{}), engine.ErrInput)
		})
	}
	require.Zero(t, scalar[int](t, b, `select count(*)::int from weir.workflows`))
}

func onQueue(queue string) engine.StartParams {
	step := call("n", literal("1"))
	step.Queue = queue
	return engine.StartParams{ID: "w", Name: "n", Graph: graph(step)}
}

func TestStartFromSQLTakesWhatGoTakes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	name, id, queue := strings.Repeat("é", 63), strings.Repeat("i", 255), strings.Repeat("q_1-", 15)+"last"
	require.Equal(t, id, scalar[string](t, b, `select weir.start($1, '1', $2, '{}', 'reject', $3)`, name, id, queue))
	require.Equal(t, []string{"ready"}, b.states(t, id))
	require.Equal(t, queue, scalar[string](t, b, `select queue from weir.steps`))
}

func TestStartFromSQLOfAnIDThatExists(t *testing.T) {
	t.Parallel()
	broken, repair := repairable("broken")
	b := setup(t, broken)
	b.run(t, "w", with(call("broken", literal("1")), atOnce(0)))

	code, _ := refusal(t, b, `select weir.start('broken', '1', 'w', on_existing => 'reject')`)
	require.Equal(t, "WF002", code)
	scalar[string](t, b, `select weir.start('broken', '2', 'w', '{"second": true}', 'attach')`)
	require.Equal(t, `FAILED {} [{"v": 1}]`, scalar[string](t, b, `
select concat_ws(' ', w.status, w.metadata, s.args) from weir.workflows as w join weir.steps as s using (workflow_id)`))

	repair()
	require.Equal(t, "w", scalar[string](t, b, `select weir.start('broken', '1', 'w')`))
	requireOutput(t, "1", b.wait(t, "w"))
	for _, existing := range []string{"resume", "attach"} {
		scalar[string](t, b, `select weir.start('broken', '1', 'w', on_existing => $1)`, existing)
		require.Equal(t, []string{"succeeded"}, b.states(t, "w"))
	}
}

// Neither order of keys nor the way to write a number is part of a graph.
func TestStartsFromGoAndSQLAreOfTheSameGraph(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const input = `{"To":"SAN","From":"OAK","Price":1.50,"Seats":[1,2]}`
	for i, same := range []struct {
		sql    string
		params engine.StartParams
		same   bool
	}{
		{`'trip', '{"From": "OAK", "To": "SAN", "Seats": [1, 2], "Price": 15e-1}'`, byName("", "trip", input), true},
		{`'trip', '{"From": "OAK", "To": "SAN", "Seats": [1, 2], "Price": 1.5}'`, engine.StartParams{Graph: graph(call("trip", literal(input)))}, true},
		{`'trip', '{"From": "OAK", "To": "SAN", "Seats": [2, 1], "Price": 1.5}'`, byName("", "trip", input), false},
		{`'tour', '{"From": "OAK", "To": "SAN", "Seats": [1, 2], "Price": 1.5}'`, byName("", "trip", input), false},
		{`'trip', 'null'`, byName("", "trip", "null"), true},
		{`'trip'`, byName("", "trip", "null"), true},
		{`'trip', queue => 'fast'`, byName("", "trip", "null"), false},
	} {
		params := same.params
		params.ID = numbered("w", i)
		scalar[string](t, b, `select weir.start(`+same.sql+`, workflow_id => $1)`, params.ID)
		started, err := b.StartWorkflow(t.Context(), params)
		require.NoError(t, err)
		require.False(t, started.Created)
		require.Equal(t, same.same, started.SameGraph, same.sql)

		params.ID = numbered("v", i)
		started, err = b.StartWorkflow(t.Context(), params)
		require.NoError(t, err)
		require.True(t, started.Created)
		scalar[string](t, b, `select weir.start(`+same.sql+`, workflow_id => $1)`, params.ID)
	}
	require.Equal(t, 14, scalar[int](t, b, `select count(*)::int from weir.workflows`))
}

// Graphs of one step have their fingerprint made in the database, and others not.
func TestStartsOfManySizesKnowTheirGraphs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var params []engine.StartParams
	for i := range 20 {
		params = append(params, engine.StartParams{ID: numbered("w", i), Graph: graph(chain(1 + i%3)...)})
	}
	for _, created := range []bool{true, false} {
		started, err := b.StartWorkflows(t.Context(), params)
		require.NoError(t, err)
		for i, s := range started {
			require.Equal(t, created, s.Created)
			require.True(t, s.SameGraph, params[i].ID)
		}
	}
	for i := range params {
		params[i].Graph = graph(call("add", number(i)), call("add", ref(0)))
	}
	started, err := b.StartWorkflows(t.Context(), params)
	require.NoError(t, err)
	for i, s := range started {
		require.Equal(t, i == 1, s.SameGraph, params[i].ID)
	}
}

// What is neither stored nor there when it is looked for was deleted meanwhile.
func TestStartGivesUpOnAnIDThatIsDeletedAgainAndAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.pool.Exec(t.Context(), `
create function gone() returns trigger language plpgsql as 'begin return null; end';
create trigger gone before insert on weir_internal.workflow for each row execute function gone();`)
	require.NoError(t, err)
	_, err = b.StartWorkflow(t.Context(), byName("w", "n", "1"))
	require.ErrorIs(t, err, engine.ErrActive)
	code, _ := refusal(t, b, `select weir.start('n', '1', 'w')`)
	require.Equal(t, "WF004", code)
}
