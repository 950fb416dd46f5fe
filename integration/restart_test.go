package integration_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/internal/devdb" //nolint:depguard // a server of the test's own, to be stopped hard
	"github.com/pgweir/weir/migrations"
)

func TestWorkflowsFinishThoughPostgresIsStoppedHard(t *testing.T) {
	t.Parallel()

	t.Run("ForAMoment", func(t *testing.T) {
		t.Parallel()
		f, downtime := outage(t, 0)
		if lost := f.attemptsLost(t); downtime < 3*time.Second {
			require.Zero(t, lost, "nobody was away for longer than a lease")
		}
	})

	t.Run("LongerThanALease", func(t *testing.T) {
		t.Parallel()
		f, _ := outage(t, 6*time.Second)
		t.Logf("%d attempts were lost", f.attemptsLost(t))
	})
}

// outage kills Postgres in the middle of a load, starts it again after a time at
// the earliest, and waits until all is well.
func outage(t *testing.T, least time.Duration) (f *fleet, downtime time.Duration) {
	t.Helper()
	const workflows = 60
	server := startServer(t)
	network := startProxy(t, server.db.URL(), nil)
	config, err := pgxpool.ParseConfig(network.url(t, server.db.URL()))
	require.NoError(t, err)
	require.NoError(t, migrations.Up(t.Context(), config.ConnConfig))
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(pool.Close)

	f = setupOn(t, pool)
	f.pastRestart(t)
	workers := []*process{f.worker(t, workerConfig{}), f.worker(t, workerConfig{}), f.worker(t, workerConfig{})}
	held := f.start(t, "held", family("gate"))
	f.awaitHeld(t, familyHeld)
	outcomes := f.load(t, workflows)
	f.await(t, workflows, is(began))

	down := time.Now()
	server.killPostmaster(t)
	<-time.After(least)
	server.startAgain(t)
	network.leadTo(t, server.db.URL())
	downtime = time.Since(down).Round(time.Millisecond)
	t.Logf("Postgres was away for %s", downtime)

	for range workflows {
		require.NoError(t, <-outcomes, "who waits does so through an outage")
	}
	for _, p := range workers {
		p.open(t, "gate")
	}
	require.Equal(t, familyValue, wait(t, held).Value)
	require.Empty(t, read[int32](t, f, "select lost from weir.steps where lost > 1"), "one outage costs a step one attempt")
	require.Equal(t, int64(workflows*mixedTx),
		read[int64](t, f, "select count(*) from public.wrote where workflow like 'load-%'")[0])
	f.check(t)
	return f, downtime
}

// load starts workflows and waits for them, whatever happens meanwhile.
func (f *fleet) load(t *testing.T, workflows int) (outcomes <-chan error) {
	t.Helper()
	ended := make(chan error, workflows)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	for n := range workflows {
		handle := f.start(t, fmt.Sprintf("load-%d", n), mixed(20))
		go func() {
			_, err := handle.Wait(ctx)
			ended <- err
		}()
	}
	return ended
}

// server is a private Postgres whose data outlive it.
type server struct {
	dir string
	db  *devdb.DB
}

func startServer(t *testing.T) *server {
	t.Helper()
	// Not TempDir: the server's user has to come through.
	parent, err := os.MkdirTemp("", "weir-restart-")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(parent, 0o755)) //nolint:gosec // same
	s := &server{dir: filepath.Join(parent, "server")}
	t.Cleanup(func() {
		if s.db != nil {
			require.NoError(t, s.db.Stop())
		}
		require.NoError(t, os.RemoveAll(parent))
	})
	s.startAgain(t)
	return s
}

// startAgain also waits for what the killed server has left behind.
func (s *server) startAgain(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		db, err := devdb.Start(ctx, devdb.Config{Dir: s.dir, Settings: map[string]string{"fsync": "off"}})
		if err == nil {
			s.db = db
			return
		}
		require.NoError(t, ctx.Err())
		require.ErrorContains(t, err, "pre-existing shared memory block")
	}
}

// killPostmaster is kill -9 of the server's first process; the others end when
// they notice.
func (s *server) killPostmaster(t *testing.T) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, "data", "postmaster.pid"))
	require.NoError(t, err)
	line, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(line)
	require.NoError(t, err)
	require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
	_ = s.db.Stop() // says how the server ended
	s.db = nil
}
