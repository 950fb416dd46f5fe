package engine_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/pgweir/weir/engine"
)

func TestStatsAreExactToTheMicrosecondAsJSON(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(engine.Stats{StartTime: time.UnixMicro(1_700_000_000_100_001)})
	require.NoError(t, err)
	require.Equal(t, `{"start_time":1700000000.100001}`, string(text))

	micros := rapid.Int64Range(-2_000_000_000_000_000, 8_000_000_000_000_000)
	rapid.Check(t, func(t *rapid.T) {
		stats := engine.Stats{StartTime: time.UnixMicro(micros.Draw(t, "start")), EndTime: time.UnixMicro(micros.Draw(t, "end"))}
		text, err := json.Marshal(stats)
		require.NoError(t, err)
		var read engine.Stats
		require.NoError(t, json.Unmarshal(text, &read))
		require.Equal(t, stats, read)
	})

	var stats engine.Stats
	require.NoError(t, json.Unmarshal([]byte(`{}`), &stats))
	require.Zero(t, stats)
	require.Error(t, json.Unmarshal([]byte(`{"start_time": "today"}`), &stats))
}

func TestStepMetadataOfAWaitSaysSo(t *testing.T) {
	t.Parallel()
	b := setup(t, addFunction)
	b.run(t, "w", call("add", literal("1")), engine.Step{
		Name: "wait", Function: engine.FunctionWait, Args: []engine.Arg{literal(`{"n": 1}`), list(ref(0))},
	})
	metadata, err := b.StepMetadata(t.Context(), "w", "wait")
	require.NoError(t, err)
	require.Equal(t, "WAIT", metadata.StepType)
	require.Equal(t, "WAIT", metadata.StepOptions.StepType)
	require.Equal(t, []string{"add"}, metadata.Workflows)
}
