package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// writerFunc is an io.Writer.
type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(line []byte) (int, error) { return f(line) }

// tiny is a run that is over at once.
func tiny(t *testing.T) Config {
	t.Helper()
	return Config{
		URL:         testdb.URL(t),
		Rounds:      1,
		Workers:     20,
		Connections: 4,
		Sizes: Sizes{
			Jobs: 20, Workflows: 8, Hops: 5, Width: 20, Singles: 10, Events: 5, Parked: 30, Calls: 50, Actors: 20, IdleActors: 30, Reminders: 20, Failed: 20, Finished: 200, IdleSeconds: 1,
		},
	}
}

func TestRunMeasuresEveryCase(t *testing.T) {
	t.Parallel()
	config := tiny(t)
	var progress bytes.Buffer
	config.Progress = &progress
	report, err := Run(t.Context(), config)
	require.NoError(t, err)

	measured := make(map[string]bool)
	for _, f := range report.Figures {
		require.Positive(t, f.Value, "%s: %s", f.Case, f.Name)
		require.NotEmpty(t, f.Unit)
		require.Contains(t, progress.String(), f.Case+": ")
		measured[f.Case] = true
	}
	for _, name := range CaseNames() {
		require.True(t, measured[name], name)
	}
	judged := 0
	for _, f := range report.Figures {
		if f.Met != nil {
			judged++
		}
	}
	require.Equal(t, 8, judged)
	require.Equal(t, "on", report.Setting.SynchronousCommit)
}

func TestCasesOfActorsHaveANameTogether(t *testing.T) {
	t.Parallel()
	config := Config{Cases: []string{"hop", "actors"}}.WithDefaults()
	require.Equal(t, []string{"hop", "actor-hot", "actor-many", "actor-call", "actor-idle", "actor-remind"}, config.Cases)
	require.NoError(t, config.Validate())
}

func TestRunEndsWhenCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	config := tiny(t)
	config.Rounds = 1_000
	config.Progress = writerFunc(func(line []byte) (int, error) {
		cancel()
		return len(line), nil
	})
	_, err := Run(ctx, config)
	require.ErrorIs(t, err, context.Canceled)
	require.NotContains(t, err.Error(), "dropping")
}

func TestDropLeavesNoDatabase(t *testing.T) {
	t.Parallel()
	database, err := createDatabase(t.Context(), tiny(t).WithDefaults())
	require.NoError(t, err)
	leftOver, err := database.pool(t.Context(), nil)
	require.NoError(t, err)
	defer leftOver.Close()
	require.NoError(t, leftOver.Ping(t.Context()))

	require.NoError(t, database.drop(t.Context()))
	err = database.with(t.Context(), func(*pgx.Conn) error { return nil })
	require.ErrorContains(t, err, "does not exist")
}

func TestRunWithoutBaselineHasNoRatios(t *testing.T) {
	t.Parallel()
	config := tiny(t)
	config.Cases = []string{"chains"}
	config.NoBaseline = true
	report, err := Run(t.Context(), config)
	require.NoError(t, err)
	for _, f := range report.Figures {
		require.Equal(t, "chains", f.Case)
		require.Empty(t, f.Ratios)
		require.Nil(t, f.Met)
	}
	require.True(t, report.Met())
}

func TestFunctionsAndProfilesSayWhereTimeWent(t *testing.T) {
	t.Parallel()
	config := tiny(t)
	config.Cases = []string{"single"}
	config.Functions = true
	config.ProfileDir = t.TempDir()
	report, err := Run(t.Context(), config)
	require.NoError(t, err)

	cost := report.Costs[len(report.Costs)-1]
	require.Equal(t, "single-1", cost.Of)
	var names []string
	for _, f := range cost.Functions {
		names = append(names, f.Name)
	}
	require.Contains(t, names, "weir_internal.advance")
	require.NotEmpty(t, cost.Tables)
	profile, err := os.Stat(filepath.Join(config.ProfileDir, "single-1.pprof"))
	require.NoError(t, err)
	require.Positive(t, profile.Size())

	var text, document bytes.Buffer
	report.WriteText(&text)
	require.Contains(t, text.String(), "weir_internal.advance")
	require.NoError(t, report.WriteJSON(&document))
	var again Report
	require.NoError(t, json.Unmarshal(document.Bytes(), &again))
	require.Equal(t, report.Costs, again.Costs)
}

func TestRunRefusesWhatItCantDo(t *testing.T) {
	t.Parallel()
	for field, config := range map[string]Config{
		"case":        {URL: "postgres://", Cases: []string{"takeover"}},
		"rounds":      {URL: "postgres://", Rounds: -1},
		"connections": {URL: "postgres://", Connections: 1},
		"hops":        {URL: "postgres://", Sizes: Sizes{Hops: 1}},
	} {
		_, err := Run(t.Context(), config)
		require.ErrorContains(t, err, field)
	}
}
