package queue

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestShiftsCloseAndAreWaitedFor(t *testing.T) {
	t.Parallel()
	var s shifts
	require.True(t, s.begin())
	s.close()
	require.False(t, s.begin(), "none begins any more")
	s.more() // beside one that has not ended
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, s.wait(ctx), context.DeadlineExceeded)
	s.open.Done()
	s.open.Done()
	require.NoError(t, s.wait(t.Context()))
}
