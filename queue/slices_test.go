package queue

import (
	"slices"
	"testing"
	"time"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/stretchr/testify/require"
)

// holdAll has a worker fetch and claim whatever waits.
func (b *testBundle) holdAll(t *testing.T, id string) {
	t.Helper()

	_, err := riverpgxv5.New(b.pool).GetExecutor().JobGetAvailable(t.Context(), &riverdriver.JobGetAvailableParams{
		ClientID: id, Kind: []string{testFunction}, MaxAttemptedBy: 100, MaxToLock: 10_000, Queue: queueDefault, Schema: riverSchema,
	})
	require.NoError(t, err)
	_, err = b.pool.Exec(t.Context(), `
select weir_internal.claim($1, array_agg(id), array_agg((args ->> 'w')::bigint), array_agg((args ->> 's')::int), true)
from weir_internal.river_job
where state = 'running'`, id)
	require.NoError(t, err)
}

func (b *testBundle) running(t *testing.T, key int64) string {
	t.Helper()
	return b.one(t, "select count(*)::text from weir_internal.step where state = 'running' and workflow = $1", key)
}

// A call that does all of it could take longer than it has, again and again.
func TestSweeper_RetiresALargeWorkerInSlices(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fleet(t, "large")
	b.fleet(t, "small")
	keys := []int64{b.startSteps(t, 1000), b.startSteps(t, 200)}
	b.holdAll(t, "large")
	small := b.startSteps(t, 3)
	b.holdAll(t, "small")
	require.Equal(t, "1000", b.running(t, keys[0]))

	s := newSweeper(&sweeperConfig{poison: 5, pool: b.at(t, "clock_timestamp() + interval '6 seconds'")}, &testSignals{})
	var retired [][]string
	for slices.Concat(retired...) == nil || !slices.Contains(slices.Concat(retired...), "large") {
		require.Less(t, len(retired), 10)
		res, err := s.runOnce(t.Context())
		require.NoError(t, err)
		require.LessOrEqual(t, res.Next, sweepWaitMax)
		retired = append(retired, res.Retired)
	}
	require.Greater(t, len(retired), 2)
	require.Contains(t, retired[0], "small", "it waited for the large one")
	for _, key := range append(keys, small) {
		require.Equal(t, "0", b.running(t, key))
	}
	require.Equal(t, "1203", b.one(t, "select count(*)::text from weir_internal.step_attempt where lost"))
	require.Equal(t, "1203", b.one(t, "select count(*)::text from weir_internal.river_job where state in ('available', 'scheduled')"))

	b.check(t)
}

// What is locked is left for later; what isn't doesn't wait for it.
func TestSweeper_PassesOverALockedWorkflow(t *testing.T) {
	t.Parallel()

	for name, n := range map[string]int{"OfAFewSteps": 3, "OfMoreThanASlice": 600} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := setup(t)
			b.fleet(t, "dead")
			locked, free := b.startSteps(t, n), b.startSteps(t, 1)
			b.holdAll(t, "dead")

			tx, err := b.pool.Begin(t.Context())
			require.NoError(t, err)
			_, err = tx.Exec(t.Context(), "select from weir_internal.workflow where id = $1 for no key update", locked)
			require.NoError(t, err)

			s := newSweeper(&sweeperConfig{poison: 5, pool: b.at(t, "clock_timestamp() + interval '6 seconds'")}, &testSignals{})
			for range 3 {
				res, err := s.runOnce(t.Context())
				require.NoError(t, err)
				require.Empty(t, res.Retired)
				require.Less(t, res.Next, time.Second)
			}
			require.Equal(t, "0", b.running(t, free))

			require.NoError(t, tx.Rollback(t.Context()))
			for i := 0; b.one(t, "select count(*)::text from weir_internal.worker") != "0"; i++ {
				require.Less(t, i, 10)
				_, err := s.runOnce(t.Context())
				require.NoError(t, err)
			}
			require.Equal(t, "0", b.running(t, locked))
			b.check(t)
		})
	}
}
