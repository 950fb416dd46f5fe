package engine_test

import (
	"testing"
	"time"
	"context"

	"github.com/stretchr/testify/require"
	"github.com/pgweir/weir/engine"
)

func TestProbeSleeps(t *testing.T) {
	b := setup(t, addFunction)
	for _, arg := range []string{`{"until":"2500-01-01T00:00:00Z"}`, `{"until":"infinity"}`, `{"until":"tomorrow"}`, `{"seconds":"x"}`, `{}`, `5`, `{"seconds":1e300}`, `{"seconds":-5}`, `{"until":"2500"}`} {
		_, err := b.StartWorkflow(t.Context(), engine.StartParams{ID: "s"+arg[1:2]+arg[len(arg)-4:len(arg)-1], Graph: engine.Graph{Steps: []engine.Step{call(engine.FunctionSleep, literal(arg))}}})
		t.Log(arg, err)
	}
	second := call(engine.FunctionSleep, literal(`{"seconds":"x"}`))
	second.After = []int{0}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	st, err := b.StartWorkflow(ctx, engine.StartParams{ID: "later", Graph: engine.Graph{Steps: []engine.Step{call("add", literal("1")), second}}})
	require.NoError(t, err)
	o, err := b.WaitStarted(ctx, st)
	t.Log(o, o.Error, err)
	short := call(engine.FunctionSleep, literal(`{"seconds":0.1}`))
	st, err = b.StartWorkflow(ctx, engine.StartParams{ID: "short", Graph: engine.Graph{Steps: []engine.Step{short}}})
	require.NoError(t, err)
	o, err = b.WaitStarted(ctx, st)
	t.Log(o, err)
	var n1, n2 int
	b.pool.QueryRow(t.Context(), "select sum(calls)::int from (select 1 as calls) x").Scan(&n1)
	_ = n2
}
