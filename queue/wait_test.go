package queue

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTries_WaitTwiceAsLongEachTimeAndEndWithTheContext(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()

		var waits []time.Duration
		last := time.Now()
		for range tries(ctx, time.Second, 5*time.Second) {
			waits, last = append(waits, time.Since(last)), time.Now()
			if len(waits) == 6 {
				cancel()
			}
		}

		require.Len(t, waits, 6)
		for i, wait := range []time.Duration{0, 1, 2, 4, 5, 5} {
			require.InDelta(t, wait*time.Second, waits[i], float64(wait*time.Second/10))
		}
	})
}
