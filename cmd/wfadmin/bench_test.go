package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/cmd/wfadmin/internal/bench"
	"github.com/pgweir/weir/internal/testdb"
)

func TestBenchPrintsAReport(t *testing.T) {
	t.Parallel()
	small := []string{
		"bench", "chains", "--rounds", "1", "--jobs", "20", "--workflows", "4", "--workers", "10", "--connections", "4",
	}
	url := testdb.Empty(t)
	text := wfadmin(t, on(url, small...)...)
	require.Equal(t, exitOK, text.code, text.stderr)
	require.Contains(t, text.stdout, "steps/s")
	require.Contains(t, text.stderr, "round 1/1  chains: ")

	document := wfadmin(t, on(url, append(small, "-o", "json")...)...)
	require.Equal(t, exitOK, document.code, document.stderr)
	var report bench.Report
	require.NoError(t, json.Unmarshal([]byte(document.stdout), &report))
	require.Equal(t, 1, report.Setting.Rounds)
	require.NotEmpty(t, report.Figures)
}

func TestBenchFailsWithoutAServerAndWithoutSense(t *testing.T) {
	t.Parallel()
	nowhere := "postgres://127.0.0.1:1/none"
	require.Equal(t, exitServer, wfadmin(t, on(nowhere, "bench")...).code)
	require.Equal(t, exitUsage, wfadmin(t, on(nowhere, "bench", "takeover")...).code)
	require.Equal(t, exitUsage, wfadmin(t, on(nowhere, "bench", "--rounds", "-1")...).code)
	require.Equal(t, exitUsage, wfadmin(t, on(nowhere, "bench", "-o", "xml")...).code)
}
