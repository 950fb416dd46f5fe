package sdk

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
)

func TestB12WithStandsAboveTheDeclaration(t *testing.T) {
	t.Parallel()
	declared := Step[int, int]{
		Name:     "f",
		Retry:    Retry{Max: 5, Backoff: time.Second},
		Timeout:  time.Minute,
		Queue:    "slow",
		Metadata: map[string]any{"a": 1, "b": 1},
	}
	plain := declared.Call(1)
	changed := plain.
		With(NodeOpts{Name: "first", Timeout: time.Hour, Metadata: map[string]any{"b": 2, "c": 2}}).
		With(NodeOpts{Name: "last", Retry: Retry{Max: Never}, Metadata: map[string]any{"c": 3}})

	step := build(t, changed).Steps[0]
	require.JSONEq(t, `{"a": 1, "b": 2, "c": 3}`, string(step.Metadata))
	step.Metadata, step.Args = nil, nil
	require.Equal(t, engine.Step{
		Name:     "last",
		Named:    true,
		Function: "f",
		Queue:    "slow",
		Policy:   engine.Policy{Retries: new(0), Timeout: time.Hour},
	}, step)

	step = build(t, plain).Steps[0]
	require.JSONEq(t, `{"a": 1, "b": 1}`, string(step.Metadata), "a Ref never changes")
	require.Equal(t, engine.Policy{Retries: new(5), Backoff: time.Second, Timeout: time.Minute}, step.Policy)
	require.False(t, step.Named)
}

func TestWithMakesAnotherStep(t *testing.T) {
	t.Parallel()
	one := inc.Call(1)
	require.Len(t, build(t, All(one, one.With(NodeOpts{Name: "other"}))).Steps, 3)
}

func TestRetryIsThePolicy(t *testing.T) {
	t.Parallel()
	require.Equal(t, engine.Policy{}, Retry{}.policy(0))
	require.Equal(t, engine.Policy{Retries: new(-1), NoDelay: true}, Retry{Max: Forever, NoDelay: true}.policy(0))
	require.Equal(t, engine.Policy{Retries: new(0)}, Retry{Max: Never}.policy(0))
	require.Equal(t,
		engine.Policy{Retries: new(2), Backoff: 1, MaxBackoff: 2, Factor: 3, Timeout: 4},
		Retry{Max: 2, Backoff: 1, MaxBackoff: 2, Factor: 3}.policy(4))
}

func TestMetadataIsEncodedWhenBound(t *testing.T) {
	t.Parallel()
	tags := []string{"early"}
	ref := Step[int, int]{Name: "f", Metadata: map[string]any{"tags": tags}}.Call(1)
	tags[0] = "late"
	require.JSONEq(t, `{"tags": ["early"]}`, string(build(t, ref).Steps[0].Metadata))
}
