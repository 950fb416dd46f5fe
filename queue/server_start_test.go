package queue

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// When a backend crashes the postmaster stays and starts its processes anew, and
// all session locks are free.
func TestSweeper_TrustsOnlyLeasesAfterACrash(t *testing.T) {
	t.Parallel()

	b := setup(t)
	require.Equal(t, "true", b.one(t, `
select (weir_internal.server_start() >= max(backend_start) and weir_internal.server_start() >= pg_postmaster_start_time())::text
from pg_stat_activity
where backend_type = 'walwriter'`))

	_, err := register(t.Context(), b.pool, registration{
		id: "quiet", host: "host", functions: []string{testFunction}, queues: []string{queueDefault}, lease: 5 * time.Second,
		sessionLock: true,
	})
	require.NoError(t, err)
	s := newSweeper(&sweeperConfig{poison: 5, pool: b.at(t, "clock_timestamp() + interval '2 seconds'")}, &testSignals{})
	for _, up := range []struct {
		since   string
		retired []string
	}{{"1 second", []string{}}, {"1 hour", []string{"quiet"}}} {
		_, err := b.pool.Exec(t.Context(), `
create or replace function weir_internal.server_start() returns timestamptz language sql as $$
  select clock_timestamp() - interval '`+up.since+`'
$$`)
		require.NoError(t, err)
		res, err := s.runOnce(t.Context())
		require.NoError(t, err)
		require.Equal(t, up.retired, res.Retired)
	}

	b.check(t)
}
