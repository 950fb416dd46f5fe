package docs

import (
	"context"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/examples/trip"
	"github.com/pgweir/weir/internal/testdb"
	"github.com/pgweir/weir/sdk"
)

var (
	importFile = sdk.Step[string, int]{Name: "import_file", Retry: sdk.Retry{Max: sdk.Never}}
	countRows  = sdk.Step[string, int]{Name: "count_rows"}
	fetchRates = sdk.Step[string, int]{Name: "fetch_rates", Retry: sdk.Retry{Backoff: time.Hour}}
)

// setup returns the URL of a database with the workflows that the pages speak
// of: trip-1 is successful, import-1 failed, reminder-1 sleeps, order-1 waits for
// an event, rates-1 for a retry, and a step of count-1 runs until the test ends.
// One of two nightly ones is PENDING, the other has a name that nobody knows. They
// are run as the role for workers.
func setup(t *testing.T) (url string) {
	t.Helper()
	ctx := t.Context()
	url = testdb.URL(t)
	pool := testdb.As(t, url, "weir_worker")
	counting, end := make(chan struct{}), make(chan struct{})
	client, err := sdk.New(sdk.Config{Pool: pool, Version: "v1", Handlers: append(slices.Clone(trip.Handlers),
		importFile.Do(func(context.Context, string) (int, error) { return 0, errors.New("no such file") }),
		countRows.Do(func(context.Context, string) (int, error) {
			close(counting)
			<-end
			return 0, nil
		}),
		fetchRates.Do(func(context.Context, string) (int, error) { return 0, errors.New("too busy") }),
	)})
	require.NoError(t, err)
	require.NoError(t, client.Start(ctx))
	t.Cleanup(func() {
		close(end)
		require.NoError(t, client.Stop(context.Background()))
	})

	require.NoError(t, trip.Run(ctx, client, pool, io.Discard))
	_, err = sdk.Run(ctx, client, importFile.Call("a.csv"), sdk.StartOpts{ID: "import-1"})
	require.ErrorContains(t, err, "no such file")
	_, err = sdk.Start(ctx, client, sdk.Sleep(time.Hour), sdk.StartOpts{ID: "reminder-1"})
	require.NoError(t, err)
	_, err = sdk.Start(ctx, client, countRows.Call("orders"), sdk.StartOpts{ID: "count-1"})
	require.NoError(t, err)
	<-counting
	_, err = client.SendEvent(ctx, "count-1", "pause", map[string]int{"minutes": 5}, sdk.SendEventOpts{})
	require.NoError(t, err)
	_, err = sdk.Start(ctx, client, fetchRates.Call("EUR"), sdk.StartOpts{ID: "rates-1"})
	require.NoError(t, err)
	paid := ship.Bind(sdk.Val(order{}), sdk.Event[payment]("paid", sdk.EventOpts{}))
	_, err = sdk.Start(ctx, client, paid, sdk.StartOpts{ID: "order-1"})
	require.NoError(t, err)
	_, err = testdb.As(t, url, "weir_operator").Exec(ctx, nightlySQL)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		var retries int
		require.NoError(t, pool.QueryRow(ctx, `select count(*) from weir.steps where state = 'scheduled' and attempt = 1`).Scan(&retries))
		return retries == 1
	}, promptly, time.Millisecond)
	return url
}

// promptly bounds what has to happen soon, on a busy machine.
const promptly = time.Minute

const nightlySQL = `
select weir.set_limit('name', 'nightly', 1);
select weir.start('nightly', workflow_id => 'nightly-1');
select weir.start('nightly', workflow_id => 'nightly-2')`
