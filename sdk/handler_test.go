package sdk

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
)

type fakeTx struct{ pgx.Tx }

func raw(texts ...string) (args []json.RawMessage) {
	for _, text := range texts {
		args = append(args, json.RawMessage(text))
	}
	return args
}

func TestHandlersOfEachArity(t *testing.T) {
	t.Parallel()
	ctx, tx := t.Context(), fakeTx{}
	one := Step[int, string]{Name: "one"}
	two := Step2[int, bool, string]{Name: "two"}
	three := Step3[int, bool, []string, string]{Name: "three"}
	say := func(parts ...any) string {
		text, err := json.Marshal(parts)
		require.NoError(t, err)
		return string(text)
	}
	args := raw("1", "true", `["x"]`)

	for i, do := range []Handler{
		one.Do(func(_ context.Context, a int) (string, error) { return say(a), nil }),
		two.Do(func(_ context.Context, a int, b bool) (string, error) { return say(a, b), nil }),
		three.Do(func(_ context.Context, a int, b bool, c []string) (string, error) { return say(a, b, c), nil }),
	} {
		output, err := do.function.Do(ctx, args[:i+1])
		require.NoError(t, err)
		require.JSONEq(t, []string{`"[1]"`, `"[1,true]"`, `"[1,true,[\"x\"]]"`}[i], string(output))
	}
	for i, doTx := range []Handler{
		one.DoTx(func(_ context.Context, got pgx.Tx, a int) (string, error) { return say(got == tx, a), nil }),
		two.DoTx(func(_ context.Context, got pgx.Tx, a int, b bool) (string, error) { return say(got == tx, a, b), nil }),
		three.DoTx(func(_ context.Context, got pgx.Tx, a int, b bool, c []string) (string, error) {
			return say(got == tx, a, b, c), nil
		}),
	} {
		output, err := doTx.function.DoTx(ctx, tx, args[:i+1])
		require.NoError(t, err)
		require.JSONEq(t, []string{`"[true,1]"`, `"[true,1,true]"`, `"[true,1,true,[\"x\"]]"`}[i], string(output))
	}
	for i, more := range []Handler{
		one.Continue(func(_ context.Context, a int) (Ref[string], error) { return one.Call(a), nil }),
		two.Continue(func(_ context.Context, a int, b bool) (Ref[string], error) { return two.Call(a, b), nil }),
		three.Continue(func(_ context.Context, a int, b bool, c []string) (Ref[string], error) {
			return three.Call(a, b, c), nil
		}),
	} {
		continuation, err := more.function.Continue(ctx, args[:i+1])
		require.NoError(t, err)
		require.Equal(t, []string{"one", "two", "three"}[i:i+1], names(*continuation.Graph))
		for n, arg := range continuation.Graph.Steps[0].Args {
			require.JSONEq(t, string(args[n]), string(arg.Value))
		}
	}
}

func TestHandlersRefuseWhatDoesNotDecode(t *testing.T) {
	t.Parallel()
	step := Step2[int, []string, int]{Name: "f"}
	never := errors.New("the body ran")
	do := step.Do(func(context.Context, int, []string) (int, error) { return 0, never })
	doTx := step.DoTx(func(context.Context, pgx.Tx, int, []string) (int, error) { return 0, never })
	more := step.Continue(func(context.Context, int, []string) (Ref[int], error) { return Ref[int]{}, never })
	for name, test := range map[string]struct {
		args []json.RawMessage
		want string
	}{
		"first":  {raw(`"x"`, `[]`), `argument 1 of f doesn't decode as int: json: cannot unmarshal string into Go value of type int`},
		"second": {raw(`1`, `{}`), `argument 2 of f doesn't decode as []string: json: cannot unmarshal object into Go value of type []string`},
		"broken": {raw(`1`, `[`), `argument 2 of f doesn't decode as []string: unexpected end of JSON input`},
		"few":    {raw(`1`), `argument 2 of f doesn't decode as []string: only 1 are stored`},
		"many":   {raw(`1`, `[]`, `3`), `argument 3 of f doesn't decode as nothing: the function takes 2`},
	} {
		_, errDo := do.function.Do(t.Context(), test.args)
		_, errDoTx := doTx.function.DoTx(t.Context(), nil, test.args)
		_, errMore := more.function.Continue(t.Context(), test.args)
		for _, err := range []error{errDo, errDoTx, errMore} {
			require.EqualError(t, err, test.want, name)
			require.ErrorIs(t, err, ErrDecode)
			require.True(t, engine.IsPermanent(err))
			require.Equal(t, "weir.decode", engine.TypeOf(err))
		}
	}
}

func TestHandlersRefuseAnOutputThatDoesNotEncode(t *testing.T) {
	t.Parallel()
	nan := Step[int, float64]{Name: "nan"}.Do(func(context.Context, int) (float64, error) { return math.NaN(), nil })
	bad := Step[int, string]{Name: "bad"}.Do(func(context.Context, int) (string, error) { return "\xff", nil })
	for _, handler := range []Handler{nan, bad} {
		_, err := handler.function.Do(t.Context(), raw("1"))
		require.Equal(t, []string{"output"}, fields(err))
		require.True(t, engine.IsPermanent(err))
	}
}

func TestHandlersReturnTheErrorOfTheBody(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	step := Step[int, float64]{Name: "f"}
	_, err := step.Do(func(context.Context, int) (float64, error) { return math.NaN(), cause }).function.Do(t.Context(), raw("1"))
	require.Equal(t, cause, err)
	_, err = step.Continue(func(context.Context, int) (Ref[float64], error) { return Ref[float64]{}, cause }).function.Continue(t.Context(), raw("1"))
	require.Equal(t, cause, err)
}

func TestContinueWithoutStepsIsAValue(t *testing.T) {
	t.Parallel()
	step := Step[int, []int]{Name: "f"}
	for name, test := range map[string]struct {
		ref  Ref[[]int]
		want string
	}{
		"Val":         {Val([]int{1}), `[1]`},
		"All of Vals": {All(Val(1), Val(2)), `[1,2]`},
		"empty All":   {All[int](), `[]`},
		"nil":         {Val[[]int](nil), `null`},
	} {
		more := step.Continue(func(context.Context, int) (Ref[[]int], error) { return test.ref, nil })
		continuation, err := more.function.Continue(t.Context(), raw("1"))
		require.NoError(t, err)
		require.Nil(t, continuation.Graph, name)
		require.JSONEq(t, test.want, string(continuation.Value), name)
	}
}

func TestContinueRefusesAMistake(t *testing.T) {
	t.Parallel()
	step := Step[int, float64]{Name: "f"}
	for field, ref := range map[string]Ref[float64]{
		"root":             {},
		"steps[0].args[0]": Val(math.NaN()),
	} {
		more := step.Continue(func(context.Context, int) (Ref[float64], error) { return ref, nil })
		_, err := more.function.Continue(t.Context(), raw("1"))
		require.Equal(t, []string{field}, fields(err))
		require.ErrorIs(t, err, ErrInput)
		require.True(t, engine.IsPermanent(err))
	}
}
