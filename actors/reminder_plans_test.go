package actors

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// What a pass reads grows neither with the reminders that aren't due, nor with the
// actors that have none, nor with what is due beyond its limit.
func TestPassReadsOnlyTheRemindersItFires(t *testing.T) {
	t.Parallel()
	for name, due := range map[string]string{"few are due": `now() + interval '1 hour'`, "all are due": `now() - interval '1 hour'`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := setupRig(t)
			r.crowd(t, 1000)
			r.remindAll(t, `at => `+due+`, every => '10 hours'`)
			_, err := r.pool.Exec(r.ctx, `analyze`)
			require.NoError(t, err)

			e, did := r.measured(t)
			for range 8 { // beyond the calls after which a plan becomes generic
				require.NoError(t, e.exec(`select weir.actor_remind('C', 'crowd7', 'again', 'm', at => now() - interval '2 hours')`))
				require.Positive(t, scalar[int](t, e, `select fired from weir_internal.fire_timers(50)`))
				require.NoError(t, e.exec(`select * from weir.reminders where type = 'C' and actor_id = 'crowd7' order by name`))
				require.NoError(t, e.exec(`select weir.actor_forget('C', 'crowd7', 'again')`))
			}
			require.Greater(t, did.plans, 50)
			require.Empty(t, did.large)
		})
	}
}
