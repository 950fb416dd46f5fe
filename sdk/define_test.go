package sdk

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
)

// sumTo is the sum of the numbers to its argument; it has itself as a node.
var sumTo = Definition[int, int]{Name: "sum_to", Queue: "graphs"}

func buildSumTo(n int) Ref[int] {
	if n == 0 {
		return Val(0)
	}
	return add.Bind(Val(n), sumTo.Call(n-1))
}

func TestRunOfADefinitionReturnsTheOutputOfItsGraph(t *testing.T) {
	t.Parallel()
	client, fake := setup(t, append(arithmetic(), sumTo.Build(buildSumTo))...)
	got, err := sumTo.Run(t.Context(), client, 4, StartOpts{ID: "w", Metadata: map[string]any{"k": "v"}, OnExisting: OnExistingReject})
	require.NoError(t, err)
	require.Equal(t, 10, got)

	started := fake.params[0]
	require.Equal(t, "sum_to", started.Name)
	require.Equal(t, "w", started.ID)
	require.JSONEq(t, `{"k": "v"}`, string(started.Metadata))
	require.Equal(t, OnExistingReject, started.OnExisting)
	require.Equal(t, []engine.Step{{
		Name: "sum_to", Function: "sum_to", Queue: "graphs", Args: []engine.Arg{{Value: json.RawMessage("4")}},
	}}, started.Graph.Steps)
}

func TestStartTxOfADefinitionHandsTheTransactionOn(t *testing.T) {
	t.Parallel()
	client, fake := setup(t, append(arithmetic(), sumTo.Build(buildSumTo))...)
	tx := fakeTx{}
	handle, err := sumTo.StartTx(t.Context(), client, tx, 3, StartOpts{})
	require.NoError(t, err)
	require.Equal(t, tx, fake.tx)
	got, err := handle.Wait(t.Context())
	require.NoError(t, err)
	require.Equal(t, 6, got)

	fake.tx = nil
	untyped, err := client.StartNamedTx(t.Context(), tx, "sum_to", 3, StartOpts{})
	require.NoError(t, err)
	require.Equal(t, tx, fake.tx)
	output, err := untyped.Wait(t.Context())
	require.NoError(t, err)
	require.JSONEq(t, "6", string(output))
}

func TestDefinitionIsANodeOfAnotherGraph(t *testing.T) {
	t.Parallel()
	client, fake := setup(t, append(arithmetic(), sumTo.Build(buildSumTo))...)
	got, err := Run(t.Context(), client, add.Bind(sumTo.Bind(inc.Call(2)), sumTo.Call(4)), StartOpts{})
	require.NoError(t, err)
	require.Equal(t, 16, got)
	require.Empty(t, fake.params[0].Name, "who starts a graph starts no name")
}

func TestDefineDeclaresAndImplements(t *testing.T) {
	t.Parallel()
	twice := Define("twice", func(n int) Ref[int] { return add.Call(n, n) })
	client, _ := setup(t, append(arithmetic(), twice.Handler())...)
	got, err := twice.Run(t.Context(), client, 21, StartOpts{})
	require.NoError(t, err)
	require.Equal(t, 42, got)
	require.Equal(t, "twice", twice.declared().Name)
}

func TestStartNamedTakesInputOfAnyType(t *testing.T) {
	t.Parallel()
	client, fake := setup(t, arithmetic()...)
	for _, test := range []struct {
		name  string
		input any
		want  string
	}{
		{"inc", 1, "2"},
		{"sum", []int{1, 2}, "3"},
		{"sum", json.RawMessage(`[ 3, 4 ]`), "7"},
		{"sum", nil, "0"},
	} {
		handle, err := client.StartNamed(t.Context(), test.name, test.input, StartOpts{})
		require.NoError(t, err)
		require.True(t, handle.Created())
		got, err := handle.Wait(t.Context())
		require.NoError(t, err)
		require.JSONEq(t, test.want, string(got))
	}
	require.Equal(t, "inc", fake.params[0].Name)
	require.JSONEq(t, "null", string(fake.params[3].Graph.Steps[0].Args[0].Value))
}

func TestStartsByNameNameEachMistake(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		name  string
		input any
		opts  StartOpts
		field string
	}{
		"empty name":        {"", 1, StartOpts{}, "name"},
		"long name":         {strings.Repeat("n", 128), 1, StartOpts{}, "name"},
		"name with control": {"a\n", 1, StartOpts{}, "name"},
		"invalid UTF-8":     {"a\xff", 1, StartOpts{}, "name"},
		"reserved name":     {"weir.sleep", 1, StartOpts{}, "name"},
		"unknown built-in":  {"weir.other", 1, StartOpts{}, "name"},
		"NaN":               {"f", math.NaN(), StartOpts{}, "steps[0].args[0]"},
		"broken JSON":       {"f", json.RawMessage(`{`), StartOpts{}, "steps[0].args[0]"},
		"NUL":               {"f", "\x00", StartOpts{}, "steps[0].args[0]"},
		"Ref as a value":    {"f", inc.Call(1), StartOpts{}, "steps[0].args[0]"},
		"long id":           {"f", 1, StartOpts{ID: strings.Repeat("i", 256)}, "id"},
		"metadata":          {"f", 1, StartOpts{Metadata: map[string]any{"f": func() {}}}, "metadata.f"},
		"unknown setting":   {"f", 1, StartOpts{OnExisting: 7}, "on_existing"},
		"two":               {"", 1, StartOpts{Metadata: map[string]any{"f": func() {}}}, "metadata.f name"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, fake := setup(t)
			for _, start := range []func() error{
				func() error {
					_, err := client.StartNamed(t.Context(), test.name, test.input, test.opts)
					return err
				},
				func() error {
					_, err := Definition[any, any]{Name: test.name}.StartTx(t.Context(), client, fakeTx{}, test.input, test.opts)
					return err
				},
			} {
				require.Equal(t, test.field, strings.Join(fields(start()), " "))
				require.Empty(t, fake.params, "nothing is stored")
			}
		})
	}
	client, _ := setup(t)
	_, err := Definition[int, int]{Name: "f", Queue: "A"}.Run(t.Context(), client, 1, StartOpts{})
	require.Equal(t, []string{"steps[0].queue"}, fields(err))
}

func TestBuildRefusesAMistakeForGood(t *testing.T) {
	t.Parallel()
	definition := Definition[int, float64]{Name: "f"}
	for field, ref := range map[string]Ref[float64]{
		"root":             {},
		"steps[0].args[0]": Val(math.NaN()),
		"steps[0].after":   Val(1.0).After(Val(math.Inf(1))),
	} {
		_, err := definition.Build(func(int) Ref[float64] { return ref }).function.Continue(t.Context(), raw("1"))
		require.Equal(t, []string{field}, fields(err))
		require.True(t, engine.IsPermanent(err))
	}
}

func TestBuildRefusesInputThatDoesNotDecode(t *testing.T) {
	t.Parallel()
	handler := sumTo.Build(func(int) Ref[int] { panic(errors.New("the body ran")) })
	for _, args := range [][]json.RawMessage{raw(`"x"`), raw(), raw("1", "2")} {
		_, err := handler.function.Continue(t.Context(), args)
		require.ErrorIs(t, err, ErrDecode)
		require.True(t, engine.IsPermanent(err))
	}
}
