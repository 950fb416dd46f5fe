package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/internal/testdb"
)

// calls are what a committer under test has been asked to do.
type calls struct {
	mu      sync.Mutex
	batches [][]int
}

func (c *calls) note(batch []*int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var numbers []int
	for _, item := range batch {
		numbers = append(numbers, *item)
	}
	c.batches = append(c.batches, numbers)
}

// doTogether has the first item wait in its call until the others are gathered.
func doTogether(t *testing.T, c *committer[int], n int) []error {
	t.Helper()
	inside, open := make(chan struct{}), make(chan struct{})
	call := c.call
	var first sync.Once
	c.call = func(ctx context.Context, batch []*int, patient bool) error {
		first.Do(func() {
			close(inside)
			<-open
		})
		return call(ctx, batch, patient)
	}
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = c.do(t.Context(), &i) })
		if i == 0 {
			<-inside
		}
	}
	for gathered := 0; gathered < n-1; {
		c.mu.Lock()
		gathered = len(c.waiting)
		c.mu.Unlock()
	}
	close(open)
	all.Wait()
	return errs
}

func TestBatchPartsFromWhatTheServerRefuses(t *testing.T) {
	t.Parallel()
	for _, state := range []string{"22P02", "23514", "40P01", "40001", "54000", "0A000"} {
		t.Run(state, func(t *testing.T) {
			t.Parallel()
			var done calls
			c := &committer[int]{limit: 100, flights: 1, call: func(_ context.Context, batch []*int, _ bool) error {
				if slices.ContainsFunc(batch, func(item *int) bool { return *item == 13 }) {
					return &pgconn.PgError{Code: state}
				}
				done.note(batch)
				return nil
			}}
			for i, err := range doTogether(t, c, 64) {
				require.Equal(t, i == 13, err != nil, "%d: %v", i, err)
			}
			require.LessOrEqual(t, len(done.batches), 1+6+1)
		})
	}
}

func TestItemThatWaitsForALockDoesSoAlone(t *testing.T) {
	t.Parallel()
	unlock := make(chan struct{})
	c := &committer[int]{limit: 100, flights: 1, call: func(_ context.Context, batch []*int, patient bool) error {
		switch locked := slices.ContainsFunc(batch, func(item *int) bool { return *item == 1 }); {
		case locked && !patient:
			return &pgconn.PgError{Code: "55P03"}
		case locked && len(batch) > 1:
			return errors.New("a batch waits")
		case locked:
			<-unlock
		}
		return nil
	}}
	items := []int{0, 1, 2, 3}
	locked := make(chan error, 1)
	go func() { locked <- c.do(t.Context(), &items[1]) }()
	for range 100 { // long after the flight that met the lock
		for _, err := range c.doAll(t.Context(), []*int{&items[0], &items[2], &items[3]}) {
			require.NoError(t, err)
		}
	}
	select {
	case err := <-locked:
		require.FailNow(t, "did not wait", "%v", err)
	default:
	}
	close(unlock)
	require.NoError(t, <-locked)
}

func TestBatchIsBoundedByItsBytes(t *testing.T) {
	t.Parallel()
	var done calls
	c := &committer[int]{
		limit:   100,
		flights: 1,
		size:    func(item *int) int { return []int{1, 11 << 20, 40 << 20}[*item%3] },
		call:    func(_ context.Context, batch []*int, _ bool) error { done.note(batch); return nil },
	}
	for _, err := range doTogether(t, c, 60) {
		require.NoError(t, err)
	}
	ran := 0
	for _, batch := range done.batches {
		bytes := 0
		for i := range batch {
			bytes += c.size(&batch[i])
		}
		require.True(t, bytes <= batchBytes || len(batch) == 1, "%d bytes in a batch of %d", bytes, len(batch))
		ran += len(batch)
	}
	require.Equal(t, 60, ran)
}

func TestItemThatWaitsLeavesWithItsContext(t *testing.T) {
	t.Parallel()
	inside, open := make(chan struct{}), make(chan struct{})
	var done calls
	c := &committer[int]{limit: 100, flights: 1, call: func(_ context.Context, batch []*int, _ bool) error {
		done.note(batch)
		if *batch[0] == 0 {
			close(inside)
			<-open
		}
		return nil
	}}
	flying := make(chan error, 1)
	go func() { flying <- c.do(t.Context(), new(int)) }()
	<-inside

	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	one := 1
	waiting := make(chan error, 1)
	go func() { waiting <- c.do(ctx, &one) }()
	cancel(why)
	require.ErrorIs(t, <-waiting, why)
	close(open)
	require.NoError(t, <-flying)
	require.Equal(t, [][]int{{0}}, done.batches)
}

// setupNeighbours is an engine with a function "work" and one, "held", that tells
// when it runs and ends when it is let.
func setupNeighbours(t *testing.T) (e *Engine, r *rig, entered, let chan struct{}) {
	t.Helper()
	pool := testdb.New(t)
	entered, let = make(chan struct{}), make(chan struct{})
	e, err := New(Config{Pool: pool, Functions: []Function{
		{Name: "work", Do: func(context.Context, []json.RawMessage) (json.RawMessage, error) { return json.RawMessage("1"), nil }},
		{Name: "held", Do: func(context.Context, []json.RawMessage) (json.RawMessage, error) {
			entered <- struct{}{}
			<-let
			return json.RawMessage("1"), nil
		}},
	}})
	require.NoError(t, err)
	require.NoError(t, e.Start(t.Context()))
	r = &rig{ctx: t.Context(), pool: pool, db: pool}
	t.Cleanup(func() {
		require.NoError(t, e.Stop(context.WithoutCancel(t.Context())))
		(&rig{ctx: context.Background(), pool: pool, db: pool}).requireSound(t)
	})
	return e, r, entered, let
}

func (r *rig) runOn(t *testing.T, e *Engine, id string, functions ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(r.ctx, promptly)
	defer cancel()
	var steps []Step
	for i, function := range functions {
		step := Step{Name: "s", Function: function}
		if i > 0 {
			step.After = []int{i - 1}
		}
		steps = append(steps, step)
	}
	started, err := e.StartWorkflow(ctx, StartParams{ID: id, Graph: Graph{Steps: steps}})
	require.NoError(t, err)
	outcome, err := e.WaitStarted(ctx, started)
	require.NoError(t, err)
	require.Equal(t, StatusSuccessful, outcome.Status)
}

func TestLockedWorkflowHoldsUpNobodyElse(t *testing.T) {
	t.Parallel()
	e, r, entered, let := setupNeighbours(t)
	_, err := e.StartWorkflow(r.ctx, StartParams{ID: "locked", Graph: Graph{Steps: []Step{{Name: "s", Function: "held"}, {Name: "t", Function: "work", After: []int{0}}}}})
	require.NoError(t, err)
	<-entered
	_, tx := r.begin(t)
	require.NoError(t, e.CancelTx(r.ctx, tx, "locked", ""))
	close(let) // its checkpoint waits for the transaction

	for i := range 20 {
		r.runOn(t, e, fmt.Sprint("free-", i), "work", "work") // also what the transaction's owner waits for
	}
	require.NoError(t, tx.Rollback(r.ctx))
	ctx, cancel := context.WithTimeout(r.ctx, promptly)
	defer cancel()
	outcome, err := e.Wait(ctx, "locked")
	require.NoError(t, err)
	require.Equal(t, StatusSuccessful, outcome.Status)
}

func TestStartThatWaitsHoldsUpNobodyElse(t *testing.T) {
	t.Parallel()
	e, r, _, _ := setupNeighbours(t)
	_, tx := r.begin(t)
	params := StartParams{ID: "taken", Graph: Graph{Steps: []Step{{Name: "s", Function: "work"}}}}
	_, err := e.StartWorkflowTx(r.ctx, tx, params)
	require.NoError(t, err)

	second := make(chan error, 1)
	go func() {
		_, err := e.StartWorkflow(r.ctx, params)
		second <- err
	}()
	for range 20 {
		r.runOn(t, e, "free", "work")
		require.NoError(t, r.delete("free"))
	}
	require.NoError(t, tx.Commit(r.ctx))
	require.NoError(t, <-second)
}
