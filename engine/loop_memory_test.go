package engine_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
)

// Not parallel: what other tests hold would count.
func TestMemoryIsFlatOverALoopOfTenThousandIterations(t *testing.T) {
	if testing.Short() {
		t.Skip("takes tens of seconds")
	}
	const iterations = 10_000
	heaps := make(chan uint64, 2) // measured by the loop itself, whose thread holds what it holds
	b := setup(t, grow("loop", func(n int) engine.Continuation {
		if n == iterations-1_000 || n == 0 {
			heaps <- liveHeap()
		}
		if n == 0 {
			return value(0)
		}
		return returned(call("loop", number(n-1)))
	}))
	ctx, cancel := context.WithTimeout(t.Context(), atLength)
	defer cancel()
	outcome, err := b.WaitStarted(ctx, b.start(t, "w", call("loop", number(iterations))))
	require.NoError(t, err)
	requireOutput(t, "0", outcome)
	early, late := <-heaps, <-heaps
	t.Logf("%d KiB after 1,000 iterations, %d KiB after 10,000", early>>10, late>>10)
	// A leak of 120 bytes an iteration would be found; connections that come and go are some 500 KiB.
	require.Less(t, int64(late)-int64(early), int64(1<<20))
}
