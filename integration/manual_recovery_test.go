package integration_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/sdk"
)

func TestWhatAKilledWorkerLeavesToManualRecoveryWaitsForAResume(t *testing.T) {
	t.Parallel()
	const workflows = 4
	f := setup(t)
	f.pastRestart(t)
	victim := f.worker(t, workerConfig{ManualRecovery: true})
	var handles []sdk.Handle[result]
	for i := range workflows {
		handles = append(handles, f.start(t, fmt.Sprintf("family-%d", i), family("never")))
	}
	lost := f.awaitFamilies(t, workflows)[victim.pid()]
	victimID := f.workerID(t, victim)
	other := f.worker(t, workerConfig{ManualRecovery: true})

	killed := time.Now()
	victim.kill()
	eventually[bool](t, f, "select true where not exists (select from weir.workers where id = $1)", victimID)
	t.Logf("the others took notice %s after kill -9", time.Since(killed).Round(time.Millisecond))
	f.awaitBeats(t, other, 6*time.Second) // a takeover needs 2 s, and 5 where a lease has to end
	f.requireResumable(t, handles...)
	require.Empty(t, f.find(attempt(2, is(began))), "nobody takes over")
	require.Equal(t, mixedValue, wait(t, f.start(t, "new", mixed(0))).Value, "though somebody could")
	f.check(t)

	status, err := f.client.Resume(t.Context(), handles[0].ID())
	require.NoError(t, err)
	require.Equal(t, sdk.StatusRunning, status)
	require.Equal(t, familyValue, wait(t, handles[0]).Value)
	f.requireResumable(t, handles[1:]...)
	require.Len(t, f.await(t, familyHeld, attempt(2, is(began))), familyHeld, "only the one that was resumed goes on")

	resumed, err := f.client.ResumeAll(t.Context(), false)
	require.NoError(t, err)
	var want []sdk.Resumed
	for _, handle := range handles[1:] {
		want = append(want, sdk.Resumed{ID: handle.ID(), Status: sdk.StatusRunning})
	}
	require.Equal(t, want, resumed)
	for _, handle := range handles[1:] {
		require.Equal(t, familyValue, wait(t, handle).Value)
	}

	again := f.await(t, len(lost), attempt(2, is(began)))
	require.ElementsMatch(t, lost, places(again), "only what was lost runs again")
	runs := workflows*familySteps + len(lost) + mixedSteps
	require.Len(t, f.await(t, runs, is(began)), runs, "what is recorded never runs again")
	require.ElementsMatch(t, lost, f.lostPlaces(t, victimID))
	require.Equal(t, int64(len(lost)), f.attemptsLost(t))
	f.check(t)
}

// What ends when it is cancelled is given back by the worker that runs it, what is
// deaf with the worker's lease.
func TestWhatAStoppedWorkerWithManualRecoveryGivesBackGoesOnByItself(t *testing.T) {
	t.Parallel()
	f := setup(t)
	leaver := f.worker(t, workerConfig{ManualRecovery: true, SoftStop: time.Millisecond, HardStop: time.Second})
	obedient := f.start(t, "obedient", family("never"))
	held := f.awaitFamilies(t, 1)[leaver.pid()]
	stubborn := f.start(t, "stubborn", node(work, "deaf", task{Value: 1, Gate: "never", Deaf: true}))
	f.await(t, 1, at("stubborn", "deaf", is(waits)))
	f.worker(t, workerConfig{ManualRecovery: true})

	leaver.terminate(t)
	<-leaver.exited
	require.Equal(t, exitComplaint, leaver.cmd.ProcessState.ExitCode(), "it left what is deaf behind")
	f.requireResumable(t) // none
	require.Equal(t, familyValue, wait(t, obedient).Value)
	require.Equal(t, 1, wait(t, stubborn).Value)

	again := f.await(t, len(held)+1, attempt(2, is(began)))
	require.ElementsMatch(t, append(held, place{"stubborn", "deaf"}), places(again), "only what was cancelled runs again")
	runs := familySteps + 1 + len(again)
	require.Len(t, f.await(t, runs, is(began)), runs, "what is recorded never runs again")
	require.Zero(t, f.attemptsLost(t))
	f.check(t)
}

// requireResumable checks that these workflows, and no others, are RESUMABLE.
func (f *fleet) requireResumable(t *testing.T, handles ...sdk.Handle[result]) {
	t.Helper()
	var want []string
	for _, handle := range handles {
		want = append(want, handle.ID())
	}
	require.ElementsMatch(t, want, read[string](t, f, "select workflow_id from weir.workflows where status = 'RESUMABLE'"))
}

// awaitBeats waits until a process has lived on for a time.
func (f *fleet) awaitBeats(t *testing.T, p *process, lived time.Duration) {
	t.Helper()
	since := read[time.Time](t, f, "select beat_at from weir.workers where pid = $1", p.pid())[0]
	eventually[string](t, f, "select id from weir.workers where pid = $1 and beat_at > $2", p.pid(), since.Add(lived))
}
