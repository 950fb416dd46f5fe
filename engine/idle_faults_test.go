package engine

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/internal/testdb"
)

// host is an engine that runs what it starts, with the rig on its database.
type host struct {
	*rig
	engine *Engine
}

// setupHost returns a host of the functions, and of "quick", which does nothing.
func setupHost(t *testing.T, functions ...Function) *host {
	t.Helper()
	pool := testdb.New(t)
	e, err := New(Config{Pool: pool, Functions: append(functions, firstThen("quick", nil))})
	require.NoError(t, err)
	require.NoError(t, e.Start(t.Context()))
	h := &host{&rig{ctx: t.Context(), pool: pool, db: pool}, e}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), promptly)
		defer cancel()
		require.NoError(t, e.Stop(ctx))
		(&rig{ctx: ctx, pool: pool, db: pool}).requireSound(t)
	})
	return h
}

// firstThen is a function whose first attempt is as given, and whose others do
// nothing.
func firstThen(name string, first func(ctx context.Context) error) Function {
	return Function{Name: name, Do: func(ctx context.Context, _ []json.RawMessage) (json.RawMessage, error) {
		if info, _ := Info(ctx); first != nil && info.Attempt == 1 {
			if err := first(ctx); err != nil {
				return nil, err
			}
		}
		return json.RawMessage(`1`), nil
	}}
}

func (h *host) begins(id, name, function string) error {
	_, err := h.engine.StartWorkflow(h.ctx, StartParams{ID: id, Name: name, Graph: Graph{Steps: []Step{{Name: "s", Function: function}}}})
	return err
}

func (h *host) ends(id string, within time.Duration) error {
	ctx, cancel := context.WithTimeout(h.ctx, within)
	defer cancel()
	_, err := h.engine.Wait(ctx, id)
	return err
}

// handedOver starts workflows of a function, one after a quick one each, until one
// is handed over, and returns that. began is called after each start.
func (h *host) handedOver(t *testing.T, function string, began func()) string {
	t.Helper()
	for i := range 50 {
		warm, id := "warm-"+strconv.Itoa(i), "w-"+strconv.Itoa(i)
		require.NoError(t, h.begins(warm, "", "quick"))
		require.NoError(t, h.ends(warm, promptly))
		require.NoError(t, h.begins(id, "", function))
		began()
		if scalar[bool](t, h.rig, `select coalesce(started_at = created_at, false) from weir.steps where workflow_id = $1`, id) {
			return id
		}
	}
	require.Fail(t, "nothing was handed over")
	return ""
}

func TestWhatALostWorkerWasHandedIsTakenOver(t *testing.T) {
	t.Parallel()
	began := make(chan struct{}, 1)
	h := setupHost(t, firstThen("waits", func(ctx context.Context) error {
		began <- struct{}{}
		<-ctx.Done()
		return context.Cause(ctx)
	}))
	id := h.handedOver(t, "waits", func() { <-began })
	h.engine.worker.ReportLost(h.engine.worker.ID())
	require.NoError(t, h.ends(id, 4*time.Second), "the mend takes longer")
}

// speechless is an error that panics when it is asked what it says.
type speechless struct{ *InputError }

func TestPanicOfAThreadGivesBackWhatItWasHanded(t *testing.T) {
	t.Parallel()
	h := setupHost(t, firstThen("panics", func(context.Context) error { return speechless{} }))
	id := h.handedOver(t, "panics", func() {})
	require.NoError(t, h.ends(id, 4*time.Second), "the reconciliation takes longer")
}

func TestQueuesCountAStepThatWasHandedOverOnce(t *testing.T) {
	t.Parallel()
	began, goOn := make(chan struct{}, 1), make(chan struct{})
	h := setupHost(t, firstThen("waits", func(context.Context) error {
		began <- struct{}{}
		<-goOn
		return nil
	}))
	defer close(goOn)
	const running = `select running::int from weir.queues where queue = 'default'`
	h.handedOver(t, "waits", func() { <-began })
	held := scalar[int](t, h.rig, `select count(*)::int from weir.steps where state = 'running'`)
	require.Eventually(t, func() bool { return scalar[int](t, h.rig, running) == held }, 2*lingerTime+time.Second, 10*time.Millisecond)
}

// A start that is refused has its batch done again in parts, and nobody is in doubt
// of what the others were handed.
func TestNeighboursOfARefusedStartRunOnce(t *testing.T) {
	t.Parallel()
	h := setupHost(t)
	h.limit(t, "name", "full", new(1), new(0))
	require.NoError(t, h.begins("first", "full", "nobody's"))

	ctx, stop := context.WithCancel(t.Context())
	var refused, callers sync.WaitGroup
	for caller := range 3 {
		refused.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				if err := h.begins("full-"+strconv.Itoa(caller)+"-"+strconv.Itoa(n), "full", "quick"); !errors.Is(err, ErrFull) {
					t.Error(err)
				}
			}
		})
	}
	for caller := range 8 {
		callers.Go(func() {
			for n := range 50 {
				id := "w-" + strconv.Itoa(caller) + "-" + strconv.Itoa(n)
				if err := errors.Join(h.begins(id, "", "quick"), h.ends(id, promptly)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	callers.Wait()
	stop()
	refused.Wait()
	require.Zero(t, scalar[int](t, h.rig, `select count(*)::int from weir.steps where attempt > 1`))
	require.NoError(t, h.cancel("first"))
}

func TestStartThatWaitsCapturesNoThread(t *testing.T) {
	t.Parallel()
	h := setupHost(t)
	tx, err := h.pool.Begin(h.ctx)
	require.NoError(t, err)
	defer func() { _ = tx.Rollback(context.Background()) }()
	_, err = h.engine.StartWorkflowTx(h.ctx, tx, StartParams{ID: "locked", Graph: Graph{Steps: []Step{{Name: "s", Function: "quick"}}}})
	require.NoError(t, err)
	started := make(chan error, 1)
	h.handedOver(t, "quick", func() {})
	go func() { started <- h.begins("locked", "", "quick") }()
	require.Eventually(t, func() bool {
		return scalar[bool](t, h.rig, `select exists (select from pg_stat_activity where datname = current_database() and wait_event = 'transactionid'
and query_start < clock_timestamp() - interval '0.2 s')`)
	}, promptly, time.Millisecond, "it is patient now")

	h.engine.idlers.mu.Lock()
	held := h.engine.idlers.held[queueDefault]
	h.engine.idlers.mu.Unlock()
	require.Zero(t, held)
	require.NoError(t, tx.Rollback(h.ctx))
	require.NoError(t, <-started)
}

func TestIdlersKeepNothingOfWhoHasGone(t *testing.T) {
	t.Parallel()
	s := newIdlers(map[string]int{"q": 9})
	a, b, c := &idler{}, &idler{}, &idler{}
	for _, i := range []*idler{a, b, c} {
		require.True(t, s.offer("q", i))
	}
	require.True(t, s.withdraw("q", a))
	require.False(t, s.withdraw("q", a))
	require.Same(t, c, s.take("q"))
	require.Same(t, b, s.take("q"))
	require.Nil(t, s.take("q"))
	for _, kept := range s.waiting["q"][:cap(s.waiting["q"])] {
		require.Nil(t, kept)
	}
}
