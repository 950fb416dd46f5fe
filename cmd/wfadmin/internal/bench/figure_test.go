package bench

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestFiguresTakeTheMedianOfRatios(t *testing.T) {
	t.Parallel()
	var f figures
	for _, round := range []struct{ value, base float64 }{{100, 100}, {300, 100}, {40, 20}} {
		f.add("chains", sample{
			name: "steps", unit: "steps/s", value: round.value,
			base: round.base, than: "river", budget: &Budget{AtLeast: 2.1},
		})
	}
	require.Len(t, f.list, 1)
	figure := f.list[0]
	require.InDelta(t, 100, figure.Value, 0)
	require.InDelta(t, 2, figure.Ratio, 0)
	require.Equal(t, []float64{1, 3, 2}, figure.Ratios)
	require.False(t, *figure.Met)
	require.False(t, (&Report{Figures: f.list}).Met())
}

func TestBudgetsBoundFromOneSide(t *testing.T) {
	t.Parallel()
	require.True(t, (&Budget{AtLeast: 1.2, Goal: 2}).allows(1.2))
	require.False(t, (&Budget{AtLeast: 1.2, Goal: 2}).allows(1.19))
	require.True(t, (&Budget{AtMost: 1000}).allows(1000))
	require.False(t, (&Budget{AtMost: 1000}).allows(1001))
}

func TestQuantileIsInMicroseconds(t *testing.T) {
	t.Parallel()
	times := []time.Duration{4 * time.Millisecond, time.Millisecond, 3 * time.Millisecond, 2 * time.Millisecond}
	require.InDelta(t, 3000, quantile(times, 0.5), 0)
	require.InDelta(t, 4000, quantile(times, 0.99), 0)
	require.InDelta(t, 2.5, median([]float64{4, 1, 3, 2}), 0)
}
