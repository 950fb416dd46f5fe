package integration_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// recordedOnce checks that each step of workflows of mixed was recorded by one
// execution, whose output is what its dependents were given.
func (f *fleet) recordedOnce(t *testing.T, workflows int) {
	t.Helper()
	require.Equal(t, int64(workflows*mixedSteps), read[int64](t, f, "select count(*) from weir.steps where state = 'succeeded'")[0])
	require.Equal(t, int64(workflows*mixedSteps), read[int64](t, f, "select count(*) from weir.steps")[0])
	require.Equal(t, int64(workflows*mixedTx), read[int64](t, f, "select count(*) from public.wrote")[0])
	require.Equal(t, int64(workflows*mixedTx), read[int64](t, f, "select count(distinct (workflow, step)) from public.wrote")[0])

	recorded := make(map[string]bool)
	var seen []string
	for _, output := range read[json.RawMessage](t, f, "select output from weir.steps") {
		var r result
		require.NoError(t, json.Unmarshal(output, &r))
		recorded[r.Token] = true
		seen = append(seen, r.Seen...)
	}
	for _, token := range seen {
		require.True(t, recorded[token], "%s was given to a step and is not what is recorded", token)
	}
}
