package engine

import (
	"context"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// stalled is a network connection of a process that was stopped: once armed it
// reads nothing any more.
type stalled struct {
	net.Conn
	armed *atomic.Bool
	over  <-chan struct{}
}

func (c *stalled) Read(p []byte) (int, error) {
	if c.armed.Load() {
		<-c.over
	}
	return c.Conn.Read(p)
}

// The reply to its claim is too large for what lies between, so the server waits
// in the middle of the call, which holds the worker's gate.
func TestStoppedWorkerIsRetiredInTheMiddleOfACall(t *testing.T) {
	t.Parallel()
	r := setupRace(t)
	r.start(t, "w", chain(2)...)
	large := `"` + strings.Repeat("x", 30<<20) + `"`
	_, err := r.succeed(r.take(t, "a"), large, passYield)
	require.NoError(t, err)
	token := r.fetch(t, "a")
	require.NotNil(t, token)

	armed, over := new(atomic.Bool), make(chan struct{})
	config := r.pool.Config().ConnConfig.Copy()
	dial := config.DialFunc
	config.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		return &stalled{conn, armed, over}, err
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeExec // the call is all that is sent
	conn, err := pgx.ConnectConfig(r.ctx, config)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	stopped := r.on(conn)
	pid := stopped.pid(t)
	armed.Store(true)
	claimed := make(chan error, 1)
	go func() {
		_, err := stopped.claim("a", token)
		claimed <- err
	}()
	require.Eventually(t, func() bool {
		return scalar[bool](t, r, `select coalesce(wait_event = 'ClientWrite', false) from pg_stat_activity where pid = $1`, pid)
	}, promptly, time.Millisecond)

	sweeper := r.session(t)
	const sweep = `select retired from weir_internal.worker_sweep(5)`
	require.Empty(t, scalar[[]string](t, sweeper, sweep), "its lease isn't over")
	require.True(t, scalar[bool](t, r, `select exists (select from pg_stat_activity where pid = $1)`, pid))
	r.exec(t, `update weir_internal.worker set beat_at = now() - interval '2 s', lease_until = now() - interval '1 s' where id = 'a'`)
	require.Eventually(t, func() bool { return len(scalar[[]string](t, sweeper, sweep)) == 1 }, promptly, 10*time.Millisecond)
	require.Equal(t, []string{"succeeded", "ready"}, r.states(t, "w"))
	require.NotNil(t, r.take(t, "b"))

	close(over)
	require.Error(t, <-claimed)
}
