package engine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// waits runs second while first's transaction is open, sees that it waits for a
// lock, ends the transaction, and returns what second does.
func (r *rig) waits(t *testing.T, first func(*rig), commit bool, second func(*rig) error) error {
	t.Helper()
	holder, tx := r.begin(t)
	first(holder)

	other := r.session(t)
	pid := other.pid(t)
	done := make(chan error, 1)
	go func() { done <- second(other) }()

	deadline := time.Now().Add(promptly)
	for waiting := false; !waiting; {
		waiting = scalar[bool](t, r, `select coalesce(wait_event_type = 'Lock', false) from pg_stat_activity where pid = $1`, pid)
		select {
		case err := <-done:
			require.Fail(t, "did not wait", "it ended with %v", err)
		default:
			require.True(t, time.Now().Before(deadline), "did neither wait nor end")
		}
	}

	if commit {
		require.NoError(t, tx.Commit(r.ctx))
	} else {
		require.NoError(t, tx.Rollback(r.ctx))
	}
	return <-done
}

// passes runs second while first's transaction is open, and ends that.
func (r *rig) passes(t *testing.T, first, second func(*rig)) {
	t.Helper()
	holder, tx := r.begin(t)
	first(holder)
	other := r.session(t)
	other.exec(t, `set lock_timeout = '20s'`)
	second(other)
	other.exec(t, `reset lock_timeout`)
	require.NoError(t, tx.Commit(r.ctx))
}
