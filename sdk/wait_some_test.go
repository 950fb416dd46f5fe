package sdk

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
)

var split = Step[Split[int], int]{Name: "split"}

func TestL1AWaitIsOfStepsAndTheirOutcomes(t *testing.T) {
	t.Parallel()
	a, b := inc.Call(1), inc.Call(2)
	graph := build(t, WaitSome([]Ref[[]int]{All(a, b), Val([]int{7})}, 2, 1500*time.Millisecond))
	require.Equal(t, []string{"inc", "inc", "value", "value", "wait"}, names(graph))
	wait := graph.Steps[4]
	require.Equal(t, engine.FunctionWait, wait.Function)
	require.JSONEq(t, `{"n": 2, "seconds": 1.5}`, string(wait.Args[0].Value))
	require.Equal(t, []engine.Arg{{Kind: engine.ArgRef, Step: 2}, {Kind: engine.ArgRef, Step: 3}}, wait.Args[1].List)

	graph = build(t, WaitSome([]Ref[Result[int]]{Try(a), Try(Val(7)), Try(b)}, 1, 0))
	require.Equal(t, []string{"inc", "value", "inc", "wait"}, names(graph))
	require.JSONEq(t, `{"n": 1}`, string(graph.Steps[3].Args[0].Value))
	require.Equal(t, []engine.Arg{{Kind: engine.ArgTry, Step: 0}, {Kind: engine.ArgTry, Step: 1}, {Kind: engine.ArgTry, Step: 2}}, graph.Steps[3].Args[1].List)
}

func TestA5AStepThatIsWaitedForIsStillTheSameStep(t *testing.T) {
	t.Parallel()
	a, b := inc.Call(1).With(NodeOpts{Name: "a"}), inc.Call(2).With(NodeOpts{Name: "b"})
	wait := WaitSome([]Ref[int]{a, b}, 1, 0)
	graph := build(t, add.Bind(split.Bind(wait), a).After(wait, b))
	require.Equal(t, []string{"a", "b", "wait", "split", "add"}, names(graph))
	require.Equal(t, []int{2, 1}, graph.Steps[4].After)
}

func TestL1AfterHoldsBackTheValueOfAWait(t *testing.T) {
	t.Parallel()
	first := inc.Call(1).With(NodeOpts{Name: "first"})
	wait := WaitSome([]Ref[int]{inc.Call(2)}, 1, 0).With(NodeOpts{Name: "race"})
	graph := build(t, split.Bind(wait.After(first)))
	require.Equal(t, []string{"inc", "race", "first", "value", "split"}, names(graph))
	require.Empty(t, graph.Steps[1].After)
	require.Equal(t, []int{2}, graph.Steps[3].After)
	require.Equal(t, []engine.Arg{{Kind: engine.ArgRef, Step: 1}}, graph.Steps[3].Args)
}

func TestL3WhatRemainsIsAReference(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"weir.step": 0, "weir.workflow": "w"}`,
		`{"weir.step": 2147483647, "weir.workflow": "a \"<ü>", "try": true}`,
	} {
		var ref Ref[Result[int]]
		require.NoError(t, json.Unmarshal([]byte(text), &ref))
		again, err := encode(ref)
		require.NoError(t, err)
		require.JSONEq(t, text, string(again))
	}

	const text = `{"ready": [1], "remaining": [{"weir.step": 4, "weir.workflow": "w"}]}`
	var read Split[int]
	require.NoError(t, json.Unmarshal([]byte(text), &read))
	require.Equal(t, []int{1}, read.Ready)
	again, err := encode(read)
	require.NoError(t, err)
	require.JSONEq(t, text, string(again))
}

func TestL3NothingElseIsAReference(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`null`, `{}`, `7`, `"w"`, `[]`, `{"weir.step": 1}`, `{"weir.workflow": "w"}`, `{"weir.step": 1, "weir.workflow": ""}`, `{"weir.step": -1, "weir.workflow": "w"}`,
		`{"weir.step": 1.5, "weir.workflow": "w"}`, `{"weir.step": 2147483648, "weir.workflow": "w"}`, `{"weir.step": 1, "weir.workflow": "w", "more": 1}`, `{"weir.step": null, "weir.workflow": "w"}`,
	} {
		var ref Ref[int]
		require.ErrorIs(t, json.Unmarshal([]byte(text), &ref), errNoReference, text)
		require.Nil(t, ref.node)
	}
	remaining := remains[int](t, 1, "w", false)
	for name, ref := range map[string]AnyRef{
		"step": inc.Call(1), "value": Val(1), "list": All(remaining), "map": AllMap(map[string]Ref[int]{"a": remaining}), "outcome": Try(inc.Call(1)),
		"empty": Ref[int]{}, "outcome of an empty": Try(Ref[int]{}), "with options": remaining.With(NodeOpts{Name: "n"}), "after": remaining.After(inc.Call(1)),
	} {
		_, err := encode(ref)
		require.ErrorContains(t, err, "a Ref is no value", name)
	}
}

// returned is the graph of a Continue function of the workflow "w".
func returned(t require.TestingT, ref AnyRef) engine.Graph {
	graph, err := buildGraph(ref.untyped(), "w", engine.Limits{})
	require.NoError(t, err)
	require.NoError(t, graph.ValidateContinuation(engine.Limits{}))
	return graph
}

func TestL3WhatRemainsIsBoundLikeAStep(t *testing.T) {
	t.Parallel()
	bare, caught := remains[int](t, 3, "w", false), remains[Result[int]](t, 5, "w", true)
	three, five := engine.Arg{Kind: engine.ArgRef, Step: engine.Outside(3)}, engine.Arg{Kind: engine.ArgTry, Step: engine.Outside(5)}

	require.Equal(t, []engine.Arg{three}, returned(t, bare).Steps[0].Args)
	require.Equal(t, []engine.Arg{five}, returned(t, caught).Steps[0].Args)
	require.Equal(t, []engine.Arg{three}, returned(t, inc.Bind(bare)).Steps[0].Args)
	require.Equal(t, []engine.Arg{five}, returned(t, unwrap.Bind(caught)).Steps[0].Args)
	require.Equal(t, []engine.Arg{{Kind: engine.ArgList, List: []engine.Arg{three, {Value: []byte("1")}}}}, returned(t, sum.Bind(All(bare, Val(1)))).Steps[0].Args)
	require.Equal(t, map[string]engine.Arg{"a": five}, returned(t, AllMap(map[string]Ref[Result[int]]{"a": caught})).Steps[0].Args[0].Map)
	require.Equal(t, []int{engine.Outside(3)}, returned(t, inc.Call(1).After(bare)).Steps[0].After)

	graph := returned(t, inc.Call(1).After(caught))
	require.Equal(t, []string{"value", "inc"}, names(graph))
	require.Equal(t, []engine.Arg{five}, graph.Steps[0].Args)

	graph = returned(t, WaitSome([]Ref[Result[int]]{caught, Try(bare), Try(inc.Call(1))}, 2, 0))
	require.Equal(t, []string{"inc", "wait"}, names(graph))
	require.Equal(t, []engine.Arg{five, {Kind: engine.ArgTry, Step: engine.Outside(3)}, {Kind: engine.ArgTry, Step: 0}}, graph.Steps[1].Args[1].List)
}

func TestL3AReferenceOfAnotherWorkflowIsRefused(t *testing.T) {
	t.Parallel()
	mine, foreign := remains[int](t, 1, "w", false), remains[int](t, 2, "other", false)
	root := add.Bind(inc.Bind(mine).After(foreign), inc.Bind(foreign))
	_, err := continuation(root.node, "w")
	require.Equal(t, []string{"steps[0].after[0]", "steps[1].args[0]"}, fields(err))
	require.ErrorContains(t, err, `steps[1].args[0]: of "inc": is a step of workflow "other", and can't be one of "w"`)
	require.True(t, engine.IsPermanent(err))
}

func TestL3TheSameReferenceTwiceIsRefused(t *testing.T) {
	t.Parallel()
	root := WaitSome([]Ref[int]{remains[int](t, 1, "w", false), remains[int](t, 2, "w", false), remains[int](t, 1, "w", false)}, 1, 0)
	_, err := continuation(root.node, "w")
	require.ErrorContains(t, err, "WaitSome has the same step twice: refs[0] and refs[2]")
}
