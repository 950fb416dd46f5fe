package engine_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
)

// rows counts all that a start could have stored.
func (b *testBundle) rows(t *testing.T) int {
	t.Helper()
	return scalar[int](t, b, `
select ((select count(*) from weir_internal.workflow) + (select count(*) from weir_internal.step)
  + (select count(*) from weir_internal.timer) + (select count(*) from weir_internal.river_job))::int`)
}

func TestBadInputIsRefusedBeforeAnythingIsStored(t *testing.T) {
	t.Parallel()
	b := setupWith(t, engine.Config{Pool: setup(t).pool, Functions: []engine.Function{addFunction}, Limits: engine.Limits{MaxPayload: 1000, MaxSteps: 10}})
	named := func(name string) engine.Step {
		return engine.Step{Name: name, Named: true, Function: "add"}
	}
	good := named("a")
	step := func(change func(*engine.Step)) engine.StartParams {
		changed := good
		change(&changed)
		return engine.StartParams{ID: "w", Graph: graph(changed)}
	}
	for name, test := range map[string]struct {
		params engine.StartParams
		field  string
	}{
		"empty id":              {engine.StartParams{ID: "", Graph: graph(good)}, "id"},
		"long id":               {engine.StartParams{ID: strings.Repeat("x", 256), Graph: graph(good)}, "id"},
		"control in id":         {engine.StartParams{ID: "a\tb", Graph: graph(good)}, "id"},
		"NUL in id":             {engine.StartParams{ID: "a\x00", Graph: graph(good)}, "id"},
		"invalid UTF-8 in id":   {engine.StartParams{ID: "a\xc3", Graph: graph(good)}, "id"},
		"long name":             {engine.StartParams{ID: "w", Name: strings.Repeat("é", 128), Graph: graph(good)}, "name"},
		"NUL in name":           {engine.StartParams{ID: "w", Name: "\x00", Graph: graph(good)}, "name"},
		"metadata no object":    {engine.StartParams{ID: "w", Metadata: json.RawMessage(`[1]`), Graph: graph(good)}, "metadata"},
		"metadata no JSON":      {engine.StartParams{ID: "w", Metadata: json.RawMessage(`{"a": NaN}`), Graph: graph(good)}, "metadata"},
		"large metadata":        {engine.StartParams{ID: "w", Metadata: json.RawMessage(`{"a": "` + strings.Repeat("x", 1000) + `"}`), Graph: graph(good)}, "metadata"},
		"unknown OnExisting":    {engine.StartParams{ID: "w", OnExisting: 9, Graph: graph(good)}, "on_existing"},
		"no steps":              {engine.StartParams{ID: "w"}, "steps"},
		"too many steps":        {engine.StartParams{ID: "w", Graph: graph(chain(11)...)}, "steps"},
		"empty step name":       {step(func(s *engine.Step) { s.Name = "" }), "steps[0].name"},
		"long step name":        {step(func(s *engine.Step) { s.Name = strings.Repeat("x", 256) }), "steps[0].name"},
		"NUL in step name":      {step(func(s *engine.Step) { s.Name = "\x00" }), "steps[0].name"},
		"empty function":        {step(func(s *engine.Step) { s.Function = "" }), "steps[0].declaration.name"},
		"long function":         {step(func(s *engine.Step) { s.Function = strings.Repeat("x", 128) }), "steps[0].declaration.name"},
		"reserved function":     {step(func(s *engine.Step) { s.Function = "weir.x" }), "steps[0].declaration.name"},
		"bad queue":             {step(func(s *engine.Step) { s.Queue = "no queue" }), "steps[0].queue"},
		"NaN":                   {step(func(s *engine.Step) { s.Args = []engine.Arg{literal("NaN")} }), "steps[0].args[0]"},
		"an empty ref":          {step(func(s *engine.Step) { s.Args = []engine.Arg{ref(0)} }), "steps[0].args[0]"},
		"NUL in payload":        {step(func(s *engine.Step) { s.Args = []engine.Arg{literal(`"\u0000"`)} }), "steps[0].args[0]"},
		"invalid payload":       {step(func(s *engine.Step) { s.Args = []engine.Arg{literal("\"\xff\"")} }), "steps[0].args[0]"},
		"half a surrogate":      {step(func(s *engine.Step) { s.Args = []engine.Arg{literal(`"\ud800"`)} }), "steps[0].args[0]"},
		"large payload":         {step(func(s *engine.Step) { s.Args = []engine.Arg{literal(`"` + strings.Repeat("x", 1000) + `"`)} }), "steps[0].args[0]"},
		"deep payload":          {step(func(s *engine.Step) { s.Args = []engine.Arg{literal(strings.Repeat("[", 5000))} }), "steps[0].args[0]"},
		"deep in lists":         {step(func(s *engine.Step) { s.Args = []engine.Arg{literal("1"), list(list(ref(1)))} }), "steps[0].args[1][0][0]"},
		"step metadata":         {step(func(s *engine.Step) { s.Metadata = json.RawMessage(`"x"`) }), "steps[0].metadata"},
		"retries":               {step(func(s *engine.Step) { s.Policy.Retries = new(-2) }), "steps[0].retry.max"},
		"factor":                {step(func(s *engine.Step) { s.Policy.Factor = math.Inf(1) }), "steps[0].retry.factor"},
		"timeout":               {step(func(s *engine.Step) { s.Policy.Timeout = -time.Second }), "steps[0].timeout"},
		"cycle":                 {engine.StartParams{ID: "w", Graph: graph(call("add", ref(1)), call("add", ref(0)))}, "steps[0].args[0]"},
		"doubled names":         {engine.StartParams{ID: "w", Graph: graph(named("a"), after(named("a"), 0))}, "steps[1].name"},
		"a second end":          {engine.StartParams{ID: "w", Graph: graph(named("a"), named("b"))}, "steps[0]"},
		"a negative dependency": {engine.StartParams{ID: "w", Graph: graph(after(good, -1))}, "steps[0].after[0]"},
	} {
		t.Run(name, func(t *testing.T) {
			tx, err := b.pool.Begin(t.Context())
			require.NoError(t, err)
			_, errTx := b.StartWorkflowTx(t.Context(), tx, test.params)
			require.NoError(t, tx.Commit(t.Context()))
			_, errMany := b.StartWorkflows(t.Context(), []engine.StartParams{test.params})
			_, err = b.StartWorkflow(t.Context(), test.params)
			for _, err := range []error{err, errTx, errMany} {
				require.ErrorIs(t, err, engine.ErrInput)
				var input *engine.InputError
				require.ErrorAs(t, err, &input)
				require.Equal(t, test.field, input.Field)
			}
			require.Zero(t, b.rows(t))
		})
	}
}

func TestMistakesOfAConfigurationAreRefused(t *testing.T) {
	t.Parallel()
	pool := setup(t).pool
	for name, test := range map[string]struct {
		config engine.Config
		field  string
	}{
		"no pool":               {engine.Config{}, "pool"},
		"doubled function":      {engine.Config{Pool: pool, Functions: []engine.Function{addFunction, addFunction}}, "handlers"},
		"function without body": {engine.Config{Pool: pool, Functions: []engine.Function{{Name: "a"}}}, "handlers"},
		"function with two":     {engine.Config{Pool: pool, Functions: []engine.Function{{Name: "a", Do: add, Continue: countdown.Continue}}}, "handlers"},
		"reserved function":     {engine.Config{Pool: pool, Functions: []engine.Function{{Name: "weir.value", Do: add}}}, "handlers"},
		"function of no name":   {engine.Config{Pool: pool, Functions: []engine.Function{{Do: add}}}, "handlers"},
		"bad queue":             {engine.Config{Pool: pool, Queues: map[string]int{"A": 1}}, "queues"},
		"no slots":              {engine.Config{Pool: pool, Queues: map[string]int{"a": 0}}, "queues"},
	} {
		_, err := engine.New(test.config)
		var input *engine.InputError
		require.ErrorAs(t, err, &input, name)
		require.Equal(t, test.field, input.Field, name)
	}
}

func requireSQLState(t *testing.T, code string, err error) {
	t.Helper()
	var pgErr *pgconn.PgError
	require.ErrorAs(t, err, &pgErr)
	require.Equal(t, code, pgErr.Code, pgErr.Message)
}

func TestDatabaseRefusesACycle(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.start(t, "w", call("nobody_knows"), after(call("nobody_knows"), 0))
	for _, statement := range []string{
		`update weir_internal.step set dependencies = '{1}' where no = 0`,
		`update weir_internal.step set dependents = '{0}' where no = 1`,
		`update weir_internal.step set dependencies = '{0}' where no = 0`,
	} {
		_, err := b.pool.Exec(t.Context(), statement)
		requireSQLState(t, "23514", err)
	}
}

func TestDatabaseRefusesAnIllegalEdgeOfAStatus(t *testing.T) {
	t.Parallel()
	b := setup(t, addFunction)
	b.run(t, "w", chain(1)...)
	for _, status := range []string{"RUNNING", "PENDING", "FAILED", "CANCELED"} {
		_, err := b.pool.Exec(t.Context(), `
update weir_internal.workflow
set status = $1::weir_internal.workflow_status, finished_at = case when $1 in ('FAILED', 'CANCELED') then now() end, failed_step = case when $1 = 'FAILED' then 0 end`, status)
		requireSQLState(t, "WF007", err)
	}
	require.Equal(t, engine.StatusSuccessful, b.wait(t, "w").Status)
}
