package engine_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
)

// atLength bounds what takes long by its size.
const atLength = 5 * time.Minute

func TestTenThousandStepsJoin(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	b := setup(t, addFunction)
	var steps []engine.Step
	var all []engine.Arg
	for i := range 10_000 {
		steps = append(steps, call("add", number(i)))
		all = append(all, ref(i))
	}
	ctx, cancel := context.WithTimeout(t.Context(), atLength)
	defer cancel()
	outcome, err := b.WaitStarted(ctx, b.start(t, "w", append(steps, call("add", list(all...)))...))
	require.NoError(t, err)
	requireOutput(t, "49995000", outcome)
}

// Not parallel: what other tests hold would count.
func TestMemoryIsFlatOverAHundredThousandSteps(t *testing.T) {
	if testing.Short() {
		t.Skip("takes tens of seconds")
	}
	b := setup(t, addFunction)
	ran := 0
	run := func(steps int) (heap uint64) {
		const length = 100
		for ; ran < steps; ran += 50 * length {
			params := make([]engine.StartParams, 50)
			for i := range params {
				params[i] = engine.StartParams{ID: fmt.Sprint("w", ran, "-", i), Graph: graph(chain(length)...)}
			}
			started, err := b.StartWorkflows(t.Context(), params)
			require.NoError(t, err)
			ctx, cancel := context.WithTimeout(t.Context(), atLength)
			for _, s := range started {
				outcome, err := b.WaitStarted(ctx, s)
				require.NoError(t, err)
				requireOutput(t, "1", outcome)
			}
			cancel()
		}
		return liveHeap()
	}
	early := run(20_000)
	late := run(100_000)
	t.Logf("%d KiB after 20,000 steps, %d KiB after 100,000", early>>10, late>>10)
	// A leak of 150 bytes a step would be found; what the pools and River keep varies by some MiB.
	require.Less(t, int64(late)-int64(early), int64(12<<20))
}

// liveHeap returns the bytes that are in use once the garbage is gone.
func liveHeap() uint64 {
	var stats runtime.MemStats
	for range 3 {
		runtime.GC()
	}
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
