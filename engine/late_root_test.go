package engine

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPendingWorkflowKeepsALateCheckpointOfItsRootAndEndsWhenAdmitted(t *testing.T) {
	t.Parallel()
	r := setupLimit(t, 1, nil)
	r.startAll(t, "x")
	late := r.take(t, "a")
	require.NoError(t, r.cancel("x"))
	r.startAll(t, "y")
	_, err := r.resume("x")
	require.NoError(t, err)
	done, err := r.succeed(late, `1`, passHand)
	require.NoError(t, err)
	require.True(t, done.stopped)
	require.Equal(t, []string{"PENDING", "RUNNING"}, r.statuses(t, "x", "y"))
	r.requireSound(t)

	r.finish(t)
	r.fireTimers(t)
	require.Equal(t, []string{"SUCCESSFUL", "SUCCESSFUL"}, r.statuses(t, "x", "y"))
}
