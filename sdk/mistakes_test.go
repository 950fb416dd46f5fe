package sdk

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
)

func TestStartNamesEachMistake(t *testing.T) {
	t.Parallel()
	var (
		number  = Step[float64, int]{Name: "number"}
		text    = Step[string, int]{Name: "text"}
		channel = Step[chan int, int]{Name: "channel"}
		anyhow  = Step[any, int]{Name: "anyhow"}
		noted   = Step[int, int]{Name: "noted", Metadata: map[string]any{"f": func() {}}}
		empty   Ref[int]
		good    = inc.Call(1)
	)
	for name, test := range map[string]struct {
		root  AnyRef
		field string
	}{
		"empty root":                   {empty, "root"},
		"empty root with options":      {empty.With(NodeOpts{Name: "n"}).After(good), "root"},
		"NaN":                          {number.Call(math.NaN()), "steps[0].args[0]"},
		"infinity":                     {number.Call(math.Inf(1)), "steps[0].args[0]"},
		"channel":                      {channel.Call(nil), "steps[0].args[0]"},
		"function":                     {anyhow.Call(func() {}), "steps[0].args[0]"},
		"Ref as a value":               {anyhow.Call(good), "steps[0].args[0]"},
		"invalid UTF-8":                {text.Call("a\xff"), "steps[0].args[0]"},
		"NUL":                          {text.Call("a\x00"), "steps[0].args[0]"},
		"second argument":              {add.Bind(good, empty), "steps[1].args[1]"},
		"within a list":                {sum.Bind(All(good, empty)), "steps[1].args[0][1]"},
		"within a list in a list":      {All(All(good), All(good, empty)), "steps[1].args[0][1][1]"},
		"Try of nothing":               {Try(empty), "steps[0].args[0]"},
		"Try of a list":                {Try(All(good)), "steps[0].args[0]"},
		"within a map":                 {AllMap(map[string]Ref[int]{"a": empty, "b": good}), `steps[1].args[0]["a"]`},
		"within a map in a list":       {All(AllMap(map[string]Ref[int]{"b": good, "c": Val(1), "a": empty})), `steps[1].args[0][0]["a"]`},
		"key of a map":                 {AllMap(map[string]Ref[int]{"a\xff": good}), `steps[1].args[0]["a\xff"]`},
		"Try of a map":                 {Try(AllMap(map[string]Ref[int]{"a": good})), "steps[0].args[0]"},
		"key of an event":              {Event[int]("", EventOpts{}), "steps[0].args[0].key"},
		"invalid key of an event":      {Event[int]("a\xff", EventOpts{}), "steps[0].args[0] steps[0].args[0].key"},
		"timeout of an event":          {Event[int]("k", EventOpts{Timeout: -time.Second}), "steps[0].args[0].seconds"},
		"wait for none":                {WaitSome[int](nil, 1, 0), "steps[0].args[0]"},
		"wait for nothing of one":      {WaitSome([]Ref[int]{good}, 0, 0), "steps[0].args[0]"},
		"wait for two of one":          {WaitSome([]Ref[int]{good}, 2, 0), "steps[0].args[0]"},
		"wait for an empty":            {WaitSome([]Ref[int]{good, empty}, 1, 0), "steps[0].args[0]"},
		"wait for one twice":           {WaitSome([]Ref[int]{good, Val(1), good}, 1, 0), "steps[0].args[0]"},
		"wait for an outcome twice":    {WaitSome([]Ref[Result[int]]{Try(good), Try(good)}, 1, 0), "steps[0].args[0]"},
		"wait for an empty outcome":    {WaitSome([]Ref[Result[int]]{Try(empty)}, 1, 0), "steps[0].args[0]"},
		"wait for a bad value":         {WaitSome([]Ref[float64]{Val(math.NaN())}, 1, 0), "steps[0].args[0]"},
		"wait for a bad time":          {WaitSome([]Ref[int]{good}, 1, -1), "steps[1].args[0].seconds"},
		"step of a running workflow":   {inc.Bind(remains[int](t, 3, "w", false)), "steps[0].args[0]"},
		"outcome of a running one":     {Try(remains[int](t, 3, "w", false)), "steps[0].args[0]"},
		"after a running one":          {good.After(remains[int](t, 3, "w", false)), "steps[0].after[0]"},
		"after nothing":                {good.After(empty), "steps[0].after[0]"},
		"after nil":                    {good.After(nil), "steps[0].after[0]"},
		"after an outcome of nothing":  {good.After(Try(empty)), "steps[0].args[0]"},
		"after a bad value":            {good.After(Val(math.NaN())), "steps[0].after"},
		"declared metadata":            {noted.Call(1), "steps[0].metadata.f"},
		"metadata":                     {good.With(NodeOpts{Metadata: map[string]any{"x": math.NaN()}}), "steps[0].metadata.x"},
		"key of metadata":              {good.With(NodeOpts{Metadata: map[string]any{"\xff": 1}}), "steps[0].metadata.\xff"},
		"declaration without a name":   {Step[int, int]{}.Call(1), "steps[0].name steps[0].declaration.name"},
		"name with a control":          {good.With(NodeOpts{Name: "a\n"}), "steps[0].name"},
		"long name":                    {good.With(NodeOpts{Name: strings.Repeat("x", 256)}), "steps[0].name"},
		"doubled name":                 {inc.Bind(good.With(NodeOpts{Name: "n"})).With(NodeOpts{Name: "n"}), "steps[1].name"},
		"queue":                        {good.With(NodeOpts{Queue: "a b"}), "steps[0].queue"},
		"retries":                      {good.With(NodeOpts{Retry: Retry{Max: -3}}), "steps[0].retry.max"},
		"backoff":                      {good.With(NodeOpts{Retry: Retry{Backoff: -1}}), "steps[0].retry.backoff"},
		"longest backoff":              {good.With(NodeOpts{Retry: Retry{MaxBackoff: -1}}), "steps[0].retry.max_backoff"},
		"factor":                       {good.With(NodeOpts{Retry: Retry{Factor: math.NaN()}}), "steps[0].retry.factor"},
		"timeout":                      {good.With(NodeOpts{Timeout: -1}), "steps[0].timeout"},
		"time beyond RFC 3339":         {SleepUntil(time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)), "steps[0].args[0].until"},
		"mistake at binding and later": {text.Call("a\xff").With(NodeOpts{Queue: "A"}), "steps[0].args[0] steps[0].queue"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, fake := setup(t)
			_, err := startOne[any](t.Context(), client, start{root: test.root.untyped()})
			require.Equal(t, test.field, strings.Join(fields(err), " "))
			require.ErrorIs(t, err, ErrInput)
			require.Empty(t, fake.params, "nothing is stored")
		})
	}
}

// remains is a Ref that was in the Split of a running workflow.
func remains[T any](t require.TestingT, step int, workflow string, caught bool) (ref Ref[T]) {
	text := fmt.Sprintf(`{"weir.step": %d, "weir.workflow": %q}`, step, workflow)
	if caught {
		text = fmt.Sprintf(`{"weir.step": %d, "weir.workflow": %q, "try": true}`, step, workflow)
	}
	require.NoError(t, json.Unmarshal([]byte(text), &ref))
	return ref
}

func TestStartReportsAllMistakes(t *testing.T) {
	t.Parallel()
	client, fake := setup(t)
	bad := Step[float64, int]{Name: "bad"}
	_, err := Start(t.Context(), client,
		add.Bind(bad.Call(math.NaN()), bad.Call(math.Inf(-1)).With(NodeOpts{Queue: "!"})),
		StartOpts{Metadata: map[string]any{"c": make(chan int)}})
	require.Equal(t, []string{"metadata.c", "steps[0].args[0]", "steps[1].args[0]", "steps[1].queue"}, fields(err))
	require.ErrorContains(t, err, `steps[0].args[0]: of "bad": json: unsupported value: NaN`)
	require.ErrorContains(t, err, `steps[1].queue: of "bad": "!" is no queue name`)
	require.Empty(t, fake.params)
}

func TestStartManyStartsNothingIfOneIsBad(t *testing.T) {
	t.Parallel()
	client, fake := setup(t)
	_, err := StartMany(t.Context(), client, []StartManyParams[int]{{Root: inc.Call(1)}, {}, {Root: inc.Bind(Ref[int]{})}})
	require.Equal(t, []string{"root", "steps[0].args[0]"}, fields(err))
	require.ErrorContains(t, err, "params[1]: root: is an empty Ref")
	require.Empty(t, fake.params)
}

func TestStartBoundsPayloadsAsConfigured(t *testing.T) {
	t.Parallel()
	limits := engine.Limits{MaxPayload: 10}
	_, err := buildGraph(add.Bind(Ref[int]{}, Step[string, int]{Name: "f"}.Call("long enough")).node, "", limits)
	require.Equal(t, []string{"steps[1].args[0]", "steps[0].args[0]"}, fields(err))
}
