package batch

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// calls are what a Committer under test has been asked to do.
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
func doTogether(t *testing.T, c *Committer[int], n int) []error {
	t.Helper()
	inside, open := make(chan struct{}), make(chan struct{})
	call := c.Call
	var first sync.Once
	c.Call = func(ctx context.Context, batch []*int, patient bool) error {
		first.Do(func() {
			close(inside)
			<-open
		})
		return call(ctx, batch, patient)
	}
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = c.Do(t.Context(), &i) })
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
			c := &Committer[int]{Limit: 100, Flights: 1, Call: func(_ context.Context, batch []*int, _ bool) error {
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
	c := &Committer[int]{Limit: 100, Flights: 1, Call: func(_ context.Context, batch []*int, patient bool) error {
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
	go func() { locked <- c.Do(t.Context(), &items[1]) }()
	for range 100 { // long after the flight that met the lock
		for _, err := range c.DoAll(t.Context(), []*int{&items[0], &items[2], &items[3]}) {
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
	c := &Committer[int]{
		Limit:   100,
		Flights: 1,
		Size:    func(item *int) int { return []int{1, 11 << 20, 40 << 20}[*item%3] },
		Call:    func(_ context.Context, batch []*int, _ bool) error { done.note(batch); return nil },
	}
	for _, err := range doTogether(t, c, 60) {
		require.NoError(t, err)
	}
	ran := 0
	for _, batch := range done.batches {
		bytes := 0
		for i := range batch {
			bytes += c.Size(&batch[i])
		}
		require.True(t, bytes <= batchBytes || len(batch) == 1, "%d bytes in a batch of %d", bytes, len(batch))
		ran += len(batch)
	}
	require.Equal(t, 60, ran)
}

func TestItemLargerThanABatchHasPatience(t *testing.T) {
	t.Parallel()
	var left time.Duration
	c := &Committer[int]{Limit: 100, Flights: 1, Size: func(item *int) int { return *item }, Call: func(ctx context.Context, _ []*int, _ bool) error {
		end, ok := ctx.Deadline()
		require.True(t, ok)
		left = time.Until(end)
		return nil
	}}
	require.NoError(t, c.Do(t.Context(), new(batchBytes+1)))
	require.Greater(t, left, callTimeout)
	require.NoError(t, c.Do(t.Context(), new(batchBytes)))
	require.LessOrEqual(t, left, callTimeout)
}

// A second flight takes off when a batch is full, be it by the items' bytes.
func TestBatchIsFullByItsBytes(t *testing.T) {
	t.Parallel()
	landed := make(chan struct{})
	started := make(chan struct{}, 3)
	c := &Committer[int]{Limit: 100, Flights: 2, Size: func(*int) int { return batchBytes/2 + 1 }, Call: func(context.Context, []*int, bool) error {
		started <- struct{}{}
		<-landed
		return nil
	}}
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() { assert.NoError(t, c.Do(t.Context(), new(0))) })
	}
	<-started
	<-started
	close(landed)
	all.Wait()
}

// Who recovers what its call panicked with keeps nobody waiting.
func TestPanicOfACallHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	inside, waits := make(chan struct{}), make(chan struct{})
	c := &Committer[int]{Limit: 100, Flights: 1, Call: func(_ context.Context, batch []*int, _ bool) error {
		if *batch[0] == 0 {
			close(inside)
			<-waits
			panic("a hook of the pool's")
		}
		return nil
	}}
	var all sync.WaitGroup
	all.Go(func() { assert.Panics(t, func() { _ = c.Do(t.Context(), new(0)) }) })
	<-inside
	all.Go(func() { assert.NoError(t, c.Do(t.Context(), new(1))) })
	require.Eventually(t, func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return len(c.waiting) == 1
	}, time.Minute, time.Millisecond)
	close(waits)
	all.Wait()
	require.NoError(t, c.Do(t.Context(), new(2)))
}

func TestItemThatWaitsLeavesWithItsContext(t *testing.T) {
	t.Parallel()
	inside, open := make(chan struct{}), make(chan struct{})
	var done calls
	c := &Committer[int]{Limit: 100, Flights: 1, Call: func(_ context.Context, batch []*int, _ bool) error {
		done.note(batch)
		if *batch[0] == 0 {
			close(inside)
			<-open
		}
		return nil
	}}
	flying := make(chan error, 1)
	go func() { flying <- c.Do(t.Context(), new(int)) }()
	<-inside

	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	one := 1
	waiting := make(chan error, 1)
	go func() { waiting <- c.Do(ctx, &one) }()
	cancel(why)
	require.ErrorIs(t, <-waiting, why)
	close(open)
	require.NoError(t, <-flying)
	require.Equal(t, [][]int{{0}}, done.batches)
}
