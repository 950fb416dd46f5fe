package integration_test

import (
	"context"
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/sdk"
)

// envStarter makes the test binary a process that starts a workflow and does
// nothing else.
const envStarter = "WEIR_INTEGRATION_STARTER"

type starterConfig struct{ URL, ID string }

func starterMain(text string) int {
	var config starterConfig
	if err := json.Unmarshal([]byte(text), &config); err != nil {
		return complain(err)
	}
	client, _, err := connected(config.URL)
	if err != nil {
		return complain(err)
	}

	fan := []sdk.Ref[result]{
		node(work, "one", task{Value: 1}),
		node(workTx, "two", task{Value: 2}),
		node(unfold, "three", task{Value: 3}),
	}
	_, err = sdk.Start(context.Background(), client, node(work, "sum", task{}, fan...), sdk.StartOpts{ID: config.ID})
	if err != nil {
		return complain(err)
	}
	w := &worker{}
	w.tell(event{Kind: stored, Workflow: config.ID})
	<-time.After(patience) // to be killed
	return 1
}

func TestAStartedWorkflowOutlivesItsStarter(t *testing.T) {
	t.Parallel()
	f := setup(t)

	starter := startProcess(t, envStarter, starterConfig{f.url, "orphan"}, f.ledger)
	f.await(t, 1, by(starter, is(stored)))
	starter.kill()
	f.worker(t, workerConfig{})

	got := wait(t, sdk.Attach[result](f.client, "orphan"))
	require.Equal(t, 1+2+3+2, got.Value)
	require.NotEqual(t, os.Getpid(), got.PID)
	f.check(t)
}
