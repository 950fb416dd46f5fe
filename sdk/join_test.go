package sdk

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
)

func TestA4AMapOfNodesIsBoundInTheOrderOfItsKeys(t *testing.T) {
	t.Parallel()
	ref := func(name string) Ref[int] { return inc.Call(1).With(NodeOpts{Name: name}) }
	shared := ref("shared")
	nested := AllMap(map[string]Ref[[]int]{
		"c": All(ref("third"), shared),
		"a": All(ref("first")),
		"b": All(shared, ref("second")),
	})
	graph := build(t, nested)
	require.Equal(t, []string{"first", "shared", "second", "third", "value"}, names(graph))
	list := func(steps ...int) engine.Arg {
		arg := engine.Arg{Kind: engine.ArgList}
		for _, step := range steps {
			arg.List = append(arg.List, engine.Arg{Kind: engine.ArgRef, Step: step})
		}
		return arg
	}
	require.Equal(t, []engine.Arg{{Kind: engine.ArgMap, Map: map[string]engine.Arg{"a": list(0), "b": list(1, 2), "c": list(3, 1)}}}, graph.Steps[4].Args)
	require.Equal(t, graph, build(t, nested))
}

func TestA4AMapOfNodesMayBeEmptyOrOfValues(t *testing.T) {
	t.Parallel()
	step := Step[map[string]int, int]{Name: "f"}
	require.Equal(t, []engine.Arg{{Kind: engine.ArgMap, Map: map[string]engine.Arg{}}}, build(t, step.Bind(AllMap[int](nil))).Steps[0].Args)

	for want, ref := range map[string]AnyRef{
		`{}`:                      AllMap[int](nil),
		`{"a": 1, "\u0000<": 2}`:  AllMap(map[string]Ref[int]{"a": Val(1), "\x00<": Val(2)}),
		`[{"a": {"b": [1]}}, {}]`: All(AllMap(map[string]Ref[map[string][]int]{"a": AllMap(map[string]Ref[[]int]{"b": All(Val(1))})}), AllMap[map[string][]int](nil)),
	} {
		more, err := continuation(ref.untyped(), "w")
		require.NoError(t, err)
		require.JSONEq(t, want, string(more.Value))
	}
	more, err := continuation(AllMap(map[string]Ref[int]{"\xff": Val(1)}).node, "w")
	require.NoError(t, err)
	require.Equal(t, []string{`steps[0].args[0]["\xff"]`}, fields(more.Graph.ValidateContinuation(engine.Limits{})))
}

func TestA8WhatHappensToACollectionLaterIsNotSeen(t *testing.T) {
	t.Parallel()
	fields := map[string]Ref[int]{"a": inc.Call(1)}
	list := []Ref[int]{inc.Call(1), inc.Call(2)}
	value := map[string]int{"a": 1}
	object, wait, literal := AllMap(fields), WaitSome(list, 1, 0), Val(value)
	before := []engine.Graph{build(t, object), build(t, wait), build(t, literal)}
	fields["a"], fields["b"] = Ref[int]{}, Ref[int]{}
	list[0] = Ref[int]{}
	value["a"] = 2
	after := []engine.Graph{build(t, object), build(t, wait), build(t, literal)}
	require.Equal(t, before, after)
}

func TestA5AStepSharedByJoinsIsOne(t *testing.T) {
	t.Parallel()
	shared := inc.Call(1)
	joined := AllMap(map[string]Ref[int]{"a": shared, "b": shared})
	list := All(joined, joined)
	graph := build(t, list)
	require.Equal(t, []string{"inc", "value"}, names(graph))
	wait := WaitSome([]Ref[map[string]int]{joined, AllMap(map[string]Ref[int]{"c": shared})}, 1, 0)
	require.Equal(t, []string{"inc", "value", "value", "wait"}, names(build(t, wait)))
}

func TestA4AMapOfNodesIsAnOrderToo(t *testing.T) {
	t.Parallel()
	a, b := inc.Call(1).With(NodeOpts{Name: "a"}), inc.Call(2).With(NodeOpts{Name: "b"})
	graph := build(t, inc.Call(3).After(AllMap(map[string]Ref[int]{"y": a, "x": b})))
	require.Equal(t, []string{"b", "a", "inc"}, names(graph))
	require.Equal(t, []int{0, 1}, graph.Steps[2].After)
}
