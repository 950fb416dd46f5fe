package integration_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/sdk"
)

// chaosTime is how long the disturbances last.
const chaosTime = 15 * time.Second

// What happens to the processes is drawn beforehand, so that a seed repeats it;
// what it meets is up to the machine.
func TestChaosLosesNothing(t *testing.T) {
	t.Parallel()
	const workflows = 60
	f := setup(t)
	chance := seeded(t)
	c := &chaos{fleet: f, chance: chance}
	for range 3 {
		c.workers = append(c.workers, f.worker(t, workerConfig{SoftStop: 100 * time.Millisecond}))
	}

	handles := make([]sdk.Handle[result], workflows)
	started := 0
	for end := time.Now().Add(chaosTime); time.Now().Before(end); {
		for range min(4, workflows-started) {
			handles[started] = f.start(t, fmt.Sprintf("chaos-%d", started), mixed(1+chance.IntN(150)))
			started++
		}
		c.disturb(t, handles[:started])
	}
	for _, p := range c.paused {
		p.resume(t)
	}
	require.Equal(t, workflows, started)

	resumed := 0
	for _, handle := range handles {
		resumed += f.finish(t, handle)
	}
	t.Logf("%d disturbances, %d attempts lost, %d workflows resumed at the end", c.count, f.attemptsLost(t), resumed)
	for _, p := range c.workers {
		p.stop(t)
	}
	f.recordedOnce(t, workflows)
	f.check(t)
	require.Empty(t, read[string](t, f, "select id from weir.workers where alive"), "who left in good order is gone")
}

// chaos disturbs a fleet.
type chaos struct {
	*fleet
	chance  *rand.Rand
	workers []*process
	paused  []*process
	count   int
}

// disturb does one thing to the fleet and waits a little.
func (c *chaos) disturb(t *testing.T, handles []sdk.Handle[result]) {
	t.Helper()
	c.count++
	victim := c.chance.IntN(len(c.workers))
	p := c.workers[victim]
	switch c.chance.IntN(7) {
	case 0:
		p.kill()
		c.paused = slices.DeleteFunc(c.paused, func(paused *process) bool { return paused == p })
		c.replace(t, victim)
	case 1:
		if c.isPaused(p) {
			break
		}
		p.terminate(t)
		c.replace(t, victim)
	case 2, 3:
		c.pauseOrResume(t, p)
	case 4, 5:
		handle := handles[c.recent(len(handles))]
		if err := c.client.Cancel(t.Context(), handle.ID(), "chaos"); err != nil {
			require.ErrorIs(t, err, sdk.ErrFinished)
		}
	case 6:
		_, err := c.client.Resume(t.Context(), handles[c.recent(len(handles))].ID())
		require.NoError(t, err)
	}
	<-time.After(time.Duration(c.chance.IntN(900)) * time.Millisecond) // the time between two disturbances
}

// recent draws one of the last workflows: most of the others have ended.
func (c *chaos) recent(n int) int { return n - 1 - c.chance.IntN(min(n, 8)) }

// replace starts a worker in the place of one that is or will be gone.
func (c *chaos) replace(t *testing.T, i int) {
	t.Helper()
	c.workers[i] = c.launch(t, workerConfig{SoftStop: 100 * time.Millisecond})
}

func (c *chaos) isPaused(p *process) bool {
	return slices.Contains(c.paused, p)
}

// pauseOrResume leaves one worker at work. One that is still starting isn't
// paused: a start has a time limit, and may fail.
func (c *chaos) pauseOrResume(t *testing.T, p *process) {
	t.Helper()
	switch i := slices.Index(c.paused, p); {
	case i >= 0:
		p.resume(t)
		c.paused = slices.Delete(c.paused, i, i+1)
	case len(c.paused) < len(c.workers)-1 && len(c.find(by(p, is(up)))) > 0:
		p.pause(t)
		c.paused = append(c.paused, p)
	}
}

// finish resumes a workflow until it is successful, and returns how often.
func (f *fleet) finish(t *testing.T, handle sdk.Handle[result]) (resumed int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for ; ; resumed++ {
		got, err := handle.Wait(ctx)
		if err == nil {
			require.Equal(t, mixedValue, got.Value)
			return resumed
		}
		require.NoError(t, ctx.Err(), handle.ID())
		_, err = f.client.Resume(ctx, handle.ID())
		require.NoError(t, err)
	}
}
