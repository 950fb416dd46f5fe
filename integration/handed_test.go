package integration_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A process that runs what it starts holds its steps from their birth, under jobs
// that nobody has fetched. When it is killed they go on elsewhere like all others.
func TestWhatAKilledProcessStartedForItselfGoesOnElsewhere(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.pastRestart(t)
	other := f.worker(t, workerConfig{})
	victim := f.worker(t, workerConfig{Callers: 8})
	eventually[bool](t, f, "select true from weir.workflows where status = 'SUCCESSFUL' having count(*) > 300")
	eventually[bool](t, f, "select true from weir.steps where started_at = created_at having count(*) > 100")

	killed := time.Now()
	victim.kill()
	eventually[bool](t, f, "select true where not exists (select from weir.workflows where status <> 'SUCCESSFUL')")

	took := time.Since(killed).Round(time.Millisecond)
	handed := read[int64](t, f, "select count(*) from weir.steps where started_at = created_at")[0]
	t.Logf("%d of %d first steps were handed over, %d attempts were lost, all done %s after kill -9",
		handed, read[int64](t, f, "select count(*) from weir.workflows")[0], f.attemptsLost(t), took)
	require.Greater(t, handed, int64(100))
	require.NotZero(t, f.attemptsLost(t))
	require.NotEmpty(t, f.find(by(other, attempt(2, is(began)))), "what was lost began again in the other process")
	require.Less(t, took, bound(2500*time.Millisecond))
	f.check(t)
}
