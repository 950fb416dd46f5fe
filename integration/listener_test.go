package integration_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/sdk"
)

// incoming is a step whose event is the result of the task that its Poll does.
var incoming = sdk.Listen[task, result]{Name: "incoming", Retry: quickly}

// commitGate is what the first call of Checkpointed waits for.
const commitGate = "commit"

// mailbox is the listener of a worker process.
type mailbox struct{ *worker }

func (m mailbox) Poll(ctx context.Context, do task) (result, error) {
	return m.perform(ctx, do, nil)
}

func (m mailbox) Checkpointed(ctx context.Context, id string, polled result) error {
	info, _ := sdk.Info(ctx)
	m.tell(event{
		Kind: commits, Workflow: info.WorkflowID, Step: info.Step, Attempt: info.Attempt, Detail: id + " " + polled.Token,
	})
	_, err := m.perform(ctx, task{Gate: commitGate}, nil)
	return err
}

func TestN3APollWhoseProcessIsKilledIsMadeAgainElsewhere(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.pastRestart(t)
	victim := f.worker(t, workerConfig{})
	handle := f.start(t, "w", node(work, "reader", task{Value: 1}, incoming.Call(task{Value: 1, Gate: "never"})))
	f.awaitHeld(t, 1)
	other := f.worker(t, workerConfig{})

	victim.kill()
	f.await(t, 1, by(other, at("w", "incoming.checkpointed", is(waits))))
	polled := f.polled(t, handle)
	require.Equal(t, other.pid(), polled.PID)
	other.open(t, commitGate)

	got := wait(t, handle)
	require.Equal(t, 2, got.Value)
	require.Equal(t, []string{polled.Token}, got.Seen, "the event reaches the workflow once")
	require.Len(t, f.await(t, 1, at("w", "reader", is(began))), 1)
	require.Len(t, f.await(t, 2, at("w", "incoming", is(began))), 2)
	committed := f.await(t, 1, is(commits))
	require.Len(t, committed, 1)
	require.Contains(t, committed[0].Detail, polled.Token)
	require.Equal(t, int64(1), f.attemptsLost(t))
	f.check(t)
}

func TestN3ACommitWhoseProcessIsKilledIsMadeAgainElsewhere(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.pastRestart(t)
	victim := f.worker(t, workerConfig{})
	handle := f.start(t, "w", node(work, "reader", task{Value: 1}, incoming.Call(task{Value: 1})))
	f.awaitHeld(t, 1)
	polled := f.polled(t, handle)
	require.Equal(t, victim.pid(), polled.PID)
	other := f.worker(t, workerConfig{})

	victim.kill()
	got := wait(t, handle)

	require.Equal(t, 2, got.Value)
	require.Equal(t, []string{polled.Token}, got.Seen, "what was recorded is what reaches the workflow")
	require.Equal(t, polled, f.polled(t, handle))
	require.Equal(t, []string{polled.Token}, read[string](t, f, "select output->>'Token' from weir.steps where name = 'incoming'"))
	require.Len(t, f.find(at("w", "incoming", is(began))), 1, "what is recorded is never polled again")
	committed := f.await(t, 2, is(commits))
	require.Len(t, committed, 2)
	require.Equal(t, []int{victim.pid(), other.pid()}, []int{committed[0].PID, committed[1].PID})
	require.Contains(t, committed[0].Detail, polled.Token)
	require.Equal(t, committed[0].Detail, committed[1].Detail, "the same event under the same id")
	require.Equal(t, int64(1), f.attemptsLost(t))
	f.check(t)
}

// polled returns the event that is recorded for the listener of a workflow.
func (f *fleet) polled(t *testing.T, handle sdk.Handle[result]) result {
	t.Helper()
	recorded := read[json.RawMessage](t, f,
		"select args from weir.steps where workflow_id = $1 and name = 'incoming.checkpointed'", handle.ID())
	require.Len(t, recorded, 1)
	var args []struct{ V result }
	require.NoError(t, json.Unmarshal(recorded[0], &args))
	return args[0].V
}
