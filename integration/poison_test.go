package integration_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/sdk"
)

func TestAStepThatKillsItsProcessFailsAndTheFleetSurvives(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.pastRestart(t)
	deaths := f.keepAlive(t, 2)

	poison := f.start(t, "poison", node(work, "after", task{}, node(work, "poison", task{Exit: true})))
	tried, err := sdk.Start(t.Context(), f.client,
		caught.Bind(sdk.Try(node(work, "poison", task{Exit: true}))), sdk.StartOpts{ID: "caught"})
	require.NoError(t, err)
	for n := range 20 {
		require.Equal(t, mixedValue, wait(t, f.start(t, fmt.Sprintf("healthy-%d", n), mixed(1))).Value)
	}

	require.Equal(t, "caught", wait(t, tried))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	_, err = poison.Wait(ctx)
	require.ErrorIs(t, err, sdk.ErrLost)
	var failure *sdk.StepError
	require.ErrorAs(t, err, &failure)
	require.Equal(t, "poison", failure.Step)
	require.Equal(t, 5, failure.Attempts)
	status, err := f.client.Status(t.Context(), "poison")
	require.NoError(t, err)
	require.Equal(t, sdk.StatusFailed, status)

	t.Logf("%d processes died", deaths())
	require.Equal(t, []int32{5, 5}, read[int32](t, f, "select lost from weir.steps where name = 'poison'"))
	// A process may die of the other one before this one's body has said so.
	require.LessOrEqual(t, len(f.find(at("poison", "poison", is(began)))), 5)
	require.Empty(t, f.find(at("", "after", is(began))))
	f.check(t)
}

// keepAlive runs n workers and starts another for each that dies. The function it
// returns ends that, and says how many did.
func (f *fleet) keepAlive(t *testing.T, n int) (stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	deaths := make(chan int)
	dead := make(chan *process)
	watch := func() {
		p := f.launch(t, workerConfig{})
		go func() {
			<-p.exited
			select {
			case dead <- p:
			case <-ctx.Done():
			}
		}()
	}
	for range n {
		watch()
	}
	go func() {
		count := 0
		for {
			select {
			case <-dead:
				count++
				watch()
			case <-ctx.Done():
				deaths <- count
				return
			}
		}
	}()
	f.await(t, n, is(up))
	return func() int {
		cancel()
		return <-deaths
	}
}
