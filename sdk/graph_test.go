package sdk

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
)

func names(graph engine.Graph) (names []string) {
	for _, step := range graph.Steps {
		names = append(names, step.Name)
	}
	return names
}

func TestD3GraphHasInputsBeforeTheirConsumerInBindingOrder(t *testing.T) {
	t.Parallel()
	named := func(name string, ref Ref[int]) Ref[int] { return ref.With(NodeOpts{Name: name}) }
	a := named("a", inc.Call(1))
	b := named("b", inc.Bind(a))
	c := named("c", inc.Call(2))
	d := named("d", add.Bind(c, b))
	root := named("root", sum.Bind(All(d, a, c)))
	require.Equal(t, []string{"c", "a", "b", "d", "root"}, names(build(t, root)))
}

func TestA5GraphHasASharedStepOnce(t *testing.T) {
	t.Parallel()
	shared := inc.Call(1)
	graph := build(t, add.Bind(shared, sum.Bind(All(shared, shared))))
	require.Len(t, graph.Steps, 3)
	require.Equal(t, []engine.Arg{{Kind: engine.ArgList, List: []engine.Arg{
		{Kind: engine.ArgRef, Step: 0},
		{Kind: engine.ArgRef, Step: 0},
	}}}, graph.Steps[1].Args)
	require.Equal(t, []engine.Arg{{Kind: engine.ArgRef, Step: 0}, {Kind: engine.ArgRef, Step: 1}}, graph.Steps[2].Args)
}

func TestGraphNumbersALongChainConsecutively(t *testing.T) {
	t.Parallel()
	const length = 100_000
	ref := inc.Call(0)
	for range length - 1 {
		ref = inc.Bind(ref)
	}
	graph := build(t, ref)
	require.Len(t, graph.Steps, length)
	for i, step := range graph.Steps[1:] {
		if step.Args[0].Step != i {
			require.Equal(t, i, step.Args[0].Step)
		}
	}
}

func TestGraphTakesAWideFanOut(t *testing.T) {
	t.Parallel()
	refs := make([]Ref[int], 99_999)
	for i := range refs {
		refs[i] = inc.Call(i)
	}
	require.Len(t, build(t, sum.Bind(All(refs...))).Steps, 100_000)
}

func TestGraphMakesAStepOfARootThatIsNone(t *testing.T) {
	t.Parallel()
	a, b := inc.Call(1), inc.Call(2)
	for name, test := range map[string]struct {
		root AnyRef
		arg  engine.Arg
	}{
		"Val":         {Val(7), engine.Arg{Value: json.RawMessage("7")}},
		"All":         {All(a, b), engine.Arg{Kind: engine.ArgList, List: []engine.Arg{{Kind: engine.ArgRef, Step: 0}, {Kind: engine.ArgRef, Step: 1}}}},
		"empty All":   {All[int](), engine.Arg{Kind: engine.ArgList, List: []engine.Arg{}}},
		"Try":         {Try(a), engine.Arg{Kind: engine.ArgTry, Step: 0}},
		"All of Try":  {All(Try(a), Try(b)), engine.Arg{Kind: engine.ArgList, List: []engine.Arg{{Kind: engine.ArgTry, Step: 0}, {Kind: engine.ArgTry, Step: 1}}}},
		"Try of Try":  {Try(Try(a)), engine.Arg{Kind: engine.ArgTry, Step: 1}},
		"Try of Val":  {Try(Val(1)), engine.Arg{Kind: engine.ArgTry, Step: 0}},
		"named":       {Try(a).With(NodeOpts{Name: "value"}), engine.Arg{Kind: engine.ArgTry, Step: 0}},
		"All of All":  {All(All(a)), engine.Arg{Kind: engine.ArgList, List: []engine.Arg{{Kind: engine.ArgList, List: []engine.Arg{{Kind: engine.ArgRef, Step: 0}}}}}},
		"After a Val": {Val(7).After(a), engine.Arg{Value: json.RawMessage("7")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			graph := build(t, test.root)
			root := graph.Steps[len(graph.Steps)-1]
			require.Equal(t, engine.FunctionValue, root.Function)
			require.Equal(t, "value", root.Name)
			require.Equal(t, []engine.Arg{test.arg}, root.Args)
		})
	}
}

func TestAfterOrdersWithoutData(t *testing.T) {
	t.Parallel()
	first, second, tried := inc.Call(1), inc.Call(2), inc.Call(3)
	last := inc.Call(4)
	graph := build(t, last.After(first, All(second, first)).After(Try(tried), Val("known")))
	require.Len(t, graph.Steps, 5)
	require.Equal(t, engine.FunctionValue, graph.Steps[3].Function, "the outcome that is waited for")
	require.Equal(t, []engine.Arg{{Kind: engine.ArgTry, Step: 2}}, graph.Steps[3].Args)
	require.Equal(t, []int{0, 1, 0, 3}, graph.Steps[4].After)
	require.Equal(t, []engine.Arg{{Value: json.RawMessage("4")}}, graph.Steps[4].Args)
	require.Empty(t, build(t, last).Steps[0].After, "a Ref never changes")
}

func TestAfterSharesNothing(t *testing.T) {
	t.Parallel()
	a, b := inc.Call(1), inc.Call(2)
	base := inc.Call(0).After(a, a, a)
	left, right := base.After(a), base.After(b)
	require.Equal(t, []int{0, 0, 0, 0}, build(t, left).Steps[1].After)
	require.Equal(t, []int{0, 0, 0, 1}, build(t, right).Steps[2].After)
}

func TestSleepIsABuiltInStep(t *testing.T) {
	t.Parallel()
	graph := build(t, Sleep(1500*time.Millisecond, inc.Call(1)))
	require.Equal(t, engine.Step{
		Name:     "sleep",
		Function: engine.FunctionSleep,
		Args:     []engine.Arg{{Value: json.RawMessage(`{"seconds":1.5}`)}},
		After:    []int{0},
	}, graph.Steps[1])
	require.JSONEq(t, `{"seconds":0}`, string(build(t, Sleep(-1)).Steps[0].Args[0].Value))
	until := time.Date(2026, 1, 2, 3, 4, 5, 600_000_000, time.FixedZone("", 3600))
	require.JSONEq(t, `{"until":"2026-01-02T03:04:05.6+01:00"}`, string(build(t, SleepUntil(until)).Steps[0].Args[0].Value))
}
