package sdk_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/sdk"
)

// The tests in parity_*_test.go are named after rows of a list of behaviours: a
// file a letter, a row a test. Each goes through Go and, where there is a
// function for it, through SQL.

// watcher returns a client of another process, as far as the workers can tell. It
// runs nothing.
func (b *testBundle) watcher(t *testing.T) *sdk.Client {
	t.Helper()
	client, err := sdk.New(sdk.Config{Pool: b.pool})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Stop(context.WithoutCancel(b.ctx))) })
	return client
}

// worker adds a process that runs the handlers until the test is over.
func (b *testBundle) worker(t *testing.T, handlers ...sdk.Handler) *sdk.Client {
	t.Helper()
	client := b.process(t, handlers...)
	t.Cleanup(func() { require.NoError(t, client.Stop(context.WithoutCancel(b.ctx))) })
	return client
}

// process is worker that the test stops itself.
func (b *testBundle) process(t *testing.T, handlers ...sdk.Handler) *sdk.Client {
	t.Helper()
	client, err := sdk.New(sdk.Config{Pool: b.pool, Handlers: handlers})
	require.NoError(t, err)
	require.NoError(t, client.Start(b.ctx))
	return client
}

// scan returns the one value that a statement does.
func scan[T any](t *testing.T, b *testBundle, sql string, args ...any) (value T) {
	t.Helper()
	require.NoError(t, b.pool.QueryRow(b.ctx, sql, args...).Scan(&value))
	return value
}

// requireState is for a statement that fails with a SQLSTATE.
func requireState(t *testing.T, b *testBundle, state, sql string, args ...any) {
	t.Helper()
	_, err := b.pool.Exec(b.ctx, sql, args...)
	var pgErr *pgconn.PgError
	require.ErrorAs(t, err, &pgErr, sql)
	require.Equal(t, state, pgErr.Code, "%s: %s", sql, pgErr.Message)
}

var errBroken = errors.New("broken")

// gate is a step that adds 1 once it is let through, or the test is over. It
// doesn't hear of a cancel.
type gate struct {
	sdk.Step[int, int]
	over  <-chan struct{}
	began chan struct{}
	open  chan struct{}
}

func newGate(t *testing.T) *gate {
	return &gate{sdk.Step[int, int]{Name: "gate"}, t.Context().Done(), make(chan struct{}, 100), make(chan struct{})}
}

func (g *gate) handler() sdk.Handler {
	return g.Do(func(_ context.Context, n int) (int, error) {
		g.began <- struct{}{}
		select {
		case <-g.open:
		case <-g.over:
		}
		return n + 1, nil
	})
}

// wait returns when a body runs.
func (g *gate) wait(t *testing.T) {
	t.Helper()
	select {
	case <-g.began:
	case <-time.After(time.Minute):
		require.FailNow(t, "no body runs")
	}
}

// flaky is a step that fails for good until it is mended, and then returns 10.
type flaky struct {
	sdk.Step[int, int]
	mended chan struct{}
	runs   atomic.Int64
}

func newFlaky(name string) *flaky {
	return &flaky{Step: sdk.Step[int, int]{Name: name}, mended: make(chan struct{})}
}

func (f *flaky) handler() sdk.Handler {
	return f.Do(func(context.Context, int) (int, error) {
		f.runs.Add(1)
		select {
		case <-f.mended:
			return 10, nil
		default:
			return 0, sdk.Permanent(errBroken)
		}
	})
}

var (
	inc = sdk.Step[int, int]{Name: "inc"}
	sum = sdk.Step[[]int, int]{Name: "sum"}

	incHandler = inc.Do(func(_ context.Context, n int) (int, error) { return n + 1, nil })
	sumHandler = sum.Do(func(_ context.Context, numbers []int) (total int, err error) {
		for _, n := range numbers {
			total += n
		}
		return total, nil
	})
)
