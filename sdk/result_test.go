package sdk

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestResultSurvivesARoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		result := Result[map[string]int]{Value: rapid.MapOf(rapid.String(), rapid.Int()).Draw(t, "value")}
		if rapid.Bool().Draw(t, "failed") {
			result = Result[map[string]int]{Err: &StepError{
				Step:     rapid.String().Draw(t, "step"),
				Type:     rapid.String().Draw(t, "type"),
				Message:  rapid.String().Draw(t, "message"),
				Attempts: rapid.IntRange(1, 9).Draw(t, "attempts"),
			}}
		}
		text, err := encode(result)
		require.NoError(t, err)
		var read Result[map[string]int]
		require.NoError(t, json.Unmarshal(text, &read))
		require.Equal(t, result, read)
	})
}

func TestResultAsJSON(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(Result[int]{Value: 7})
	require.NoError(t, err)
	require.JSONEq(t, `{"value": 7}`, string(text))
	text, err = json.Marshal(Result[int]{Err: &StepError{Step: "s", Type: "t", Message: "m", Attempts: 2}})
	require.NoError(t, err)
	require.JSONEq(t, `{"error": {"step": "s", "type": "t", "message": "m", "attempts": 2}}`, string(text))

	var pointer Result[*int]
	require.NoError(t, json.Unmarshal([]byte(`{"value": null}`), &pointer))
	require.Equal(t, Result[*int]{}, pointer)
	for _, bad := range []string{`{}`, `null`, `7`, `{"value": 1, "error": {}}`, `{"value": "text"}`, `{"error": null}`} {
		require.Error(t, json.Unmarshal([]byte(bad), new(Result[int])), bad)
	}
}

func TestResultTellsValueFromError(t *testing.T) {
	t.Parallel()
	value, err := Result[int]{Value: 7}.Get()
	require.NoError(t, err)
	require.Equal(t, 7, value)
	require.False(t, Result[int]{Value: 7}.Failed())
	require.Equal(t, 7, Result[int]{Value: 7}.Or(8))

	failed := Result[int]{Err: &StepError{Type: "weir.timeout"}}
	_, err = failed.Get()
	require.ErrorIs(t, err, ErrTimeout)
	require.True(t, failed.Failed())
	require.Equal(t, 8, failed.Or(8))
}
