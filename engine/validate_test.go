package engine

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func step(name string, args ...Arg) Step {
	return Step{Name: name, Function: "f", Args: args}
}

func literal(text string) Arg { return Arg{Value: json.RawMessage(text)} }

func output(index int) Arg { return Arg{Kind: ArgRef, Step: index} }

func fieldsOf(key string, field Arg) Arg {
	return Arg{Kind: ArgMap, Map: map[string]Arg{key: field}}
}

func graph(steps ...Step) Graph { return Graph{Steps: steps} }

// refusals returns the fields that err refuses.
func refusals(t *testing.T, err error) []string {
	t.Helper()
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		var input *InputError
		require.ErrorAs(t, err, &input)
		return []string{input.Field}
	}
	var fields []string
	for _, err := range joined.Unwrap() {
		fields = append(fields, refusals(t, err)...)
	}
	return fields
}

func TestGraphValidateTakesWhatIsGood(t *testing.T) {
	t.Parallel()
	good := graph(
		Step{Name: "a", Named: true, Function: "f", Queue: "fast-lane_1", Args: []Arg{literal(`{"x": [1.5e3, "\\u0000", "\ud83d\ude00", "�"]}`)}},
		Step{Name: "a", Function: FunctionSleep, Args: []Arg{literal(`{"seconds": 1}`)}, Metadata: json.RawMessage(` {"k": "v"}`)},
		Step{Name: strings.Repeat("é", 127), Function: strings.Repeat("f", 127), Args: []Arg{
			{Kind: ArgList, List: []Arg{output(0), {Kind: ArgTry, Step: 0}}},
		}, After: []int{1}, Policy: Policy{Retries: new(-1), Factor: 1, Timeout: time.Hour}},
	)
	require.NoError(t, good.Validate(Limits{}))
}

func TestGraphValidateNamesWhatItRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		graph Graph
		field string
	}{
		"no steps":                {graph(), "steps"},
		"empty name":              {graph(step("")), "steps[0].name"},
		"long name":               {graph(step(strings.Repeat("n", 256))), "steps[0].name"},
		"control in name":         {graph(step("a\nb")), "steps[0].name"},
		"C1 control in name":      {graph(step("a\u0085b")), "steps[0].name"},
		"NUL in name":             {graph(step("a\x00")), "steps[0].name"},
		"invalid UTF-8 in name":   {graph(step("a\xff")), "steps[0].name"},
		"doubled name":            {graph(Step{Name: "a", Named: true, Function: "f"}, Step{Name: "a", Named: true, Function: "f", After: []int{0}}), "steps[1].name"},
		"empty function":          {graph(Step{Name: "a"}), "steps[0].declaration.name"},
		"long function":           {graph(Step{Name: "a", Function: strings.Repeat("f", 128)}), "steps[0].declaration.name"},
		"reserved function":       {graph(Step{Name: "a", Function: "weir.other"}), "steps[0].declaration.name"},
		"sleep without argument":  {graph(Step{Name: "a", Function: FunctionSleep}), "steps[0].args"},
		"upper case queue":        {graph(Step{Name: "a", Function: "f", Queue: "Fast"}), "steps[0].queue"},
		"queue of dashes":         {graph(Step{Name: "a", Function: "f", Queue: "a--b"}), "steps[0].queue"},
		"queue with line end":     {graph(Step{Name: "a", Function: "f", Queue: "a\n"}), "steps[0].queue"},
		"long queue":              {graph(Step{Name: "a", Function: "f", Queue: strings.Repeat("q", 65)}), "steps[0].queue"},
		"itself":                  {graph(step("a", output(0))), "steps[0].args[0]"},
		"later step":              {graph(step("a", output(1)), step("b", output(0))), "steps[0].args[0]"},
		"negative step":           {graph(step("a", output(-1))), "steps[0].args[0]"},
		"after itself":            {graph(Step{Name: "a", Function: "f", After: []int{0}}), "steps[0].after[0]"},
		"nested list":             {graph(step("a", Arg{Kind: ArgList, List: []Arg{literal("1"), literal("NaN")}})), "steps[0].args[0][1]"},
		"field of an object":      {graph(step("a", literal("1"), fieldsOf("k", Arg{Kind: ArgList, List: []Arg{literal("NaN")}}))), `steps[0].args[1]["k"][0]`},
		"later step in an object": {graph(step("a", fieldsOf("k", output(0)))), `steps[0].args[0]["k"]`},
		"NUL in a key":            {graph(step("a", fieldsOf("\x00", literal("1")))), `steps[0].args[0]["\x00"]`},
		"invalid UTF-8 in a key":  {graph(step("a", fieldsOf("\xff", literal("1")))), `steps[0].args[0]["\xff"]`},
		"unknown kind":            {graph(step("a", Arg{Kind: 9})), "steps[0].args[0]"},
		"second sink":             {graph(step("a"), step("b")), "steps[0]"},
		"array as metadata":       {graph(Step{Name: "a", Function: "f", Metadata: json.RawMessage(`[]`)}), "steps[0].metadata"},
		"retries below -1":        {graph(Step{Name: "a", Function: "f", Policy: Policy{Retries: new(-2)}}), "steps[0].retry.max"},
		"shrinking factor":        {graph(Step{Name: "a", Function: "f", Policy: Policy{Factor: 0.5}}), "steps[0].retry.factor"},
		"NaN as factor":           {graph(Step{Name: "a", Function: "f", Policy: Policy{Factor: math.NaN()}}), "steps[0].retry.factor"},
		"negative timeout":        {graph(Step{Name: "a", Function: "f", Policy: Policy{Timeout: -1}}), "steps[0].timeout"},
		"negative backoff":        {graph(Step{Name: "a", Function: "f", Policy: Policy{Backoff: -1}}), "steps[0].retry.backoff"},
		"endless backoff":         {graph(Step{Name: "a", Function: "f", Policy: Policy{MaxBackoff: math.MaxInt64}}), "steps[0].retry.max_backoff"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, []string{test.field}, refusals(t, test.graph.Validate(Limits{})))
		})
	}
}

func TestGraphValidateRefusesPayloads(t *testing.T) {
	t.Parallel()
	for name, payload := range map[string]string{
		"empty":                ``,
		"no JSON":              `{`,
		"NaN":                  `NaN`,
		"two values":           `1 2`,
		"invalid UTF-8":        "\"\xff\"",
		"NUL":                  `"a\u0000"`,
		"NUL after backslash":  `"\\\u0000"`,
		"NUL in key":           `{"\u0000": 1}`,
		"lone high surrogate":  `"\ud83d"`,
		"high surrogate twice": `"\ud83d\ud83d"`,
		"lone low surrogate":   `"\ude00"`,
		"huge number":          `1e200000`,
		"tiny number":          `[1e-20000]`,
		"exponent overflow":    `1e99999999999999999999`,
		"deep":                 strings.Repeat("[", 1001) + strings.Repeat("]", 1001),
		"too large":            `"` + strings.Repeat("x", 1<<20) + `"`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bad := graph(step("a", literal(payload)))
			require.Equal(t, []string{"steps[0].args[0]"}, refusals(t, bad.Validate(Limits{MaxPayload: 1 << 20})))
		})
	}
}

func TestGraphValidateJoinsAllMistakes(t *testing.T) {
	t.Parallel()
	bad := graph(step("", literal("NaN")), Step{Name: "b", After: []int{0}, Metadata: json.RawMessage("1")})
	require.Equal(t,
		[]string{"steps[0].name", "steps[0].args[0]", "steps[1].declaration.name", "steps[1].metadata"},
		refusals(t, bad.Validate(Limits{})))
}

func TestGraphValidateSaysWhichStepItRefuses(t *testing.T) {
	t.Parallel()
	pay := Step{Name: "pay", Named: true, Function: "f", Policy: Policy{Retries: new(-2)}}
	bad := graph(pay, pay, Step{Function: "f", Queue: "A", After: []int{1}})
	require.EqualError(t, bad.Validate(Limits{}), strings.Join([]string{
		`steps[0].retry.max: of "pay": is -2: a count of at most 1000000, or -1 for ever`,
		`steps[1].name: "pay" is already the name of steps[0]`,
		`steps[1].retry.max: of "pay": is -2: a count of at most 1000000, or -1 for ever`,
		`steps[2].name: is empty`,
		`steps[2].queue: "A" is no queue name: up to 64 of a-z and 0-9, with single _ or - between`,
		`steps[0]: of "pay": no step depends on it, and it isn't the last`,
	}, "\n"))
}

func TestGraphValidateBoundsTheSteps(t *testing.T) {
	t.Parallel()
	chain := graph(step("0"))
	for i := 1; i < 100_000; i++ {
		chain.Steps = append(chain.Steps, step(strconv.Itoa(i), output(i-1)))
	}
	require.NoError(t, chain.Validate(Limits{}))
	chain.Steps = append(chain.Steps, step("last", output(99_999)))
	require.Equal(t, []string{"steps"}, refusals(t, chain.Validate(Limits{})))
}

func TestStartParamsValidate(t *testing.T) {
	t.Parallel()
	require.NoError(t, (&StartParams{ID: "trip1", Graph: graph(step("a"))}).Validate(Limits{}))
	bad := &StartParams{ID: "a\tb", Name: strings.Repeat("n", 256), Metadata: json.RawMessage("null"), OnExisting: 7}
	require.Equal(t, []string{"id", "name", "on_existing", "metadata", "steps"}, refusals(t, bad.Validate(Limits{})))
	require.ErrorIs(t, bad.Validate(Limits{}), ErrInput)
	require.NotErrorIs(t, bad.Validate(Limits{}), errors.ErrUnsupported)
}
