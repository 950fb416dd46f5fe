package sdk

import (
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/pgweir/weir/engine"
)

// known is a Ref and the value that it must come to.
type known struct {
	ref   Ref[int]
	value int
}

var (
	unwrap = Step[Result[int], int]{Name: "unwrap"}
	total  = Step[map[string][]int, int]{Name: "total"}
)

func drawGraph(t *rapid.T) known {
	pool := []known{{inc.Call(1), 2}}
	pick := func(label string) known { return rapid.SampledFrom(pool).Draw(t, label) }
	for range rapid.IntRange(0, 30).Draw(t, "size") {
		a, b := pick("a"), pick("b")
		var made known
		switch rapid.IntRange(0, 8).Draw(t, "kind") {
		case 0:
			n := rapid.IntRange(0, 9).Draw(t, "n")
			made = known{Val(n), n}
		case 1:
			made = known{inc.Bind(a.ref), a.value + 1}
		case 2:
			made = known{add.Bind(a.ref, b.ref), a.value + b.value}
		case 3:
			made = known{sum.Bind(All(a.ref, b.ref, a.ref)), 2*a.value + b.value}
		case 4:
			made = known{unwrap.Bind(Try(a.ref)), a.value}
		case 5:
			made = known{inc.Bind(a.ref).After(b.ref, Try(a.ref)), a.value + 1}
		case 6:
			made = known{a.ref.With(NodeOpts{Queue: "other"}), a.value}
		case 7:
			made = known{add.Bind(a.ref, unwrap.Bind(Try(fail.Call("x")))), a.value - 1}
		case 8:
			lists := map[string]Ref[[]int]{"y": All(a.ref), "x": All(b.ref, b.ref)}
			made = known{total.Bind(AllMap(lists)), a.value + 2*b.value}
		}
		pool = append(pool, made)
	}
	return pool[len(pool)-1]
}

// order is what the graph has to be, by the plain recursive definition.
func order(n *node, seen map[*node]bool) (steps []*node) {
	if seen[n] {
		return nil
	}
	seen[n] = true
	for _, input := range n.inputs {
		steps = append(steps, order(input, seen)...)
	}
	for _, first := range n.after {
		steps = append(steps, order(first, seen)...)
	}
	if n.kind == kindStep {
		steps = append(steps, n)
	}
	return steps
}

func TestGraphsAreLaidOutAsDefined(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		root := drawGraph(t).ref.With(NodeOpts{Name: "root"})
		graph := build(t, root)
		want := order(root.node, make(map[*node]bool))
		require.Len(t, graph.Steps, len(want), "each step once")
		for i, n := range want {
			require.Equal(t, n.function, graph.Steps[i].Function)
			require.Len(t, graph.Steps[i].Args, len(n.inputs))
		}
		require.Equal(t, graph, build(t, root), "the same each time")
	})
}

func TestGraphsComeToTheirValue(t *testing.T) {
	t.Parallel()
	handlers := arithmetic()
	rapid.Check(t, func(r *rapid.T) {
		root := drawGraph(r)
		client, _ := setup(t, handlers...)
		got, err := Run(t.Context(), client, root.ref, StartOpts{})
		require.NoError(r, err)
		require.Equal(r, root.value, got)
	})
}

func TestALinearRunIsConsecutive(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		graph := build(t, drawGraph(t).ref)
		dependents := make([]int, len(graph.Steps))
		for _, step := range graph.Steps {
			for dependency := range dependencies(step) {
				dependents[dependency]++
			}
		}
		for i, step := range graph.Steps {
			for dependency := range dependencies(step) {
				if len(dependencies(step)) == 1 && dependents[dependency] == 1 {
					require.Equal(t, i-1, dependency)
				}
			}
		}
	})
}

func dependencies(step engine.Step) map[int]bool {
	found := make(map[int]bool)
	var walk func([]engine.Arg)
	walk = func(args []engine.Arg) {
		for _, arg := range args {
			if arg.Kind == engine.ArgRef || arg.Kind == engine.ArgTry {
				found[arg.Step] = true
			}
			walk(arg.List)
			walk(slices.Collect(maps.Values(arg.Map)))
		}
	}
	walk(step.Args)
	for _, first := range step.After {
		found[first] = true
	}
	return found
}

func arithmetic() []Handler {
	return []Handler{
		inc.Do(func(_ context.Context, n int) (int, error) { return n + 1, nil }),
		add.Do(func(_ context.Context, a, b int) (int, error) { return a + b, nil }),
		sum.Do(func(_ context.Context, all []int) (total int, _ error) {
			for _, n := range all {
				total += n
			}
			return total, nil
		}),
		total.Do(func(_ context.Context, lists map[string][]int) (total int, _ error) {
			for _, list := range lists {
				for _, n := range list {
					total += n
				}
			}
			return total, nil
		}),
		unwrap.Do(func(_ context.Context, r Result[int]) (int, error) { return r.Or(-1), nil }),
		fail.Do(func(_ context.Context, why string) (int, error) { return 0, Permanent(refused{why}) }),
	}
}

type refused struct{ why string }

func (e refused) Error() string   { return "refused: " + e.why }
func (refused) ErrorType() string { return "test.refused" }
