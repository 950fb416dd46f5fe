// Package batch gathers what many goroutines want done into few calls to the
// database.
package batch

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Committer gathers the items of many goroutines into calls. While its calls are
// in flight items wait; each call takes all that wait, up to a limit. No timer
// holds an item back.
//
// Nobody pays for a neighbour. A call that meets a row which somebody else keeps
// locked gives up soon, and one that the server refuses is undone whole; either
// is done again in halves until the item that caused it is alone. That one gets
// a call to itself, which waits, and the others go on.
type Committer[T any] struct {
	// Call does a batch in one statement and puts the results into the items. One
	// that isn't patient doesn't wait for locks for long.
	Call func(ctx context.Context, batch []*T, patient bool) error

	// Limit is the largest batch.
	Limit int

	// Size is an item's payload in bytes, of which a batch takes about batchBytes:
	// a message to the server is bounded, and so is what it does in callTimeout. An
	// item that is larger than a batch is alone, and has Patience. May be nil.
	Size func(*T) int

	// Flights is the most calls at the same time, those to a single item apart.
	// Another one takes off only when a full batch waits, or when the last one is
	// long in coming back: two half-empty calls cost more than a full one
	// (measured: 100 against 75 us of CPU a step, client and server).
	Flights int

	mu      sync.Mutex
	waiting []*entry[T]
	bytes   int // of those that wait
	flying  int
	takeoff time.Time
}

const (
	// flightOverdue is how long the items that wait are held up by a connection
	// that has died in silence.
	flightOverdue = time.Second

	batchBytes = 32 << 20

	// callTimeout bounds a call.
	callTimeout = 10 * time.Second

	// Patience bounds the call of a single item that waits for a lock, or that is
	// larger than a batch.
	Patience = time.Minute
)

// entry is an item on its way.
type entry[T any] struct {
	item  *T
	bytes int
	ctx   context.Context
	done  chan error
}

// Do has item done and returns when it is. A ctx that ends takes it out only while
// nobody has done it: before a call with it has begun, or after one was undone for
// a neighbour's sake. Else its outcome is awaited.
func (c *Committer[T]) Do(ctx context.Context, item *T) error {
	e := &entry[T]{item: item, ctx: ctx, done: make(chan error, 1)}
	if c.Size != nil {
		e.bytes = c.Size(item)
	}

	c.mu.Lock()
	c.waiting = append(c.waiting, e)
	c.bytes += e.bytes
	first := c.flying == 0 // nobody else waits then
	var batch []*entry[T]
	if first || c.flying < c.Flights && (c.isFull() || time.Since(c.takeoff) > flightOverdue) {
		c.flying++
		batch = c.board()
	}
	c.mu.Unlock()

	switch {
	case first:
		c.flyMyself(batch)
	case batch != nil:
		go c.fly(batch)
	}
	select {
	case err := <-e.done:
		return err
	case <-ctx.Done():
		if c.withdraw(e) {
			return context.Cause(ctx)
		}
		return <-e.done
	}
}

// withdraw takes an entry out and reports whether it was still waiting.
func (c *Committer[T]) withdraw(e *entry[T]) bool {
	c.mu.Lock()
	defer c.mu.Unlock()

	i := slices.Index(c.waiting, e)
	if i < 0 {
		return false
	}
	c.waiting = slices.Delete(slices.Clone(c.waiting), i, i+1) // a flight may have a part of the old array
	c.bytes -= e.bytes
	return true
}

// isFull reports whether a full batch waits. The caller has c.mu.
func (c *Committer[T]) isFull() bool { return len(c.waiting) >= c.Limit || c.bytes > batchBytes }

// DoAll has items done together and returns an error or nil for each.
func (c *Committer[T]) DoAll(ctx context.Context, items []*T) []error {
	errs := make([]error, len(items))
	var all sync.WaitGroup
	for i, item := range items {
		all.Go(func() { errs[i] = c.Do(ctx, item) })
	}
	all.Wait()
	return errs
}

// flyMyself makes the call of an item that found nobody flying, and hands those
// that came meanwhile to another goroutine. To have that one make this call, too,
// would cost two switches (measured: 5% of a call of an actor). What Call panics
// with is the caller's to recover: the others fly on.
func (c *Committer[T]) flyMyself(batch []*entry[T]) {
	defer func() {
		if batch := c.take(); batch != nil {
			go c.fly(batch)
		}
	}()
	c.commit(batch)
}

// fly makes the call of a batch, and those that follow until nothing waits.
func (c *Committer[T]) fly(batch []*entry[T]) {
	for ; batch != nil; batch = c.take() {
		c.commit(batch)
	}
}

func withoutCancelled[T any](batch []*entry[T]) []*entry[T] {
	kept := make([]*entry[T], 0, len(batch))
	for _, e := range batch {
		if e.ctx.Err() != nil {
			e.done <- context.Cause(e.ctx)
			continue
		}
		kept = append(kept, e)
	}
	return kept
}

// take returns the next batch of who is flying, or nil, and then it has landed.
func (c *Committer[T]) take() []*entry[T] {
	c.mu.Lock()
	defer c.mu.Unlock()

	if len(c.waiting) == 0 {
		c.flying--
		return nil
	}
	return c.board()
}

// board takes the next batch out of those who wait. The caller has c.mu.
func (c *Committer[T]) board() []*entry[T] {
	n, bytes := c.fitting()
	batch := c.waiting[:n:n]
	c.waiting, c.bytes = c.waiting[n:], c.bytes-bytes
	c.takeoff = time.Now()
	return batch
}

// fitting is how many of the waiting items go into the next batch, and their
// bytes.
func (c *Committer[T]) fitting() (n, bytes int) {
	for n < min(len(c.waiting), c.Limit) {
		next := c.waiting[n].bytes
		if n > 0 && bytes+next > batchBytes {
			break
		}
		n, bytes = n+1, bytes+next
	}
	return n, bytes
}

// commit makes a call for those of a batch that still want it and, where
// neighbours must part, more.
func (c *Committer[T]) commit(batch []*entry[T]) {
	batch = withoutCancelled(batch)
	if len(batch) == 0 {
		return
	}
	timeout := callTimeout
	if batch[0].bytes > batchBytes {
		timeout = Patience
	}
	err := c.make(batch, false, timeout)
	switch {
	case err == nil || !parts(err):
		land(batch, err)
	case len(batch) > 1:
		c.commit(batch[:len(batch)/2])
		c.commit(batch[len(batch)/2:])
	case IsLocked(err):
		go func() { land(batch, c.make(batch, true, Patience)) }()
	default:
		land(batch, err)
	}
}

func (c *Committer[T]) make(batch []*entry[T], patient bool, timeout time.Duration) error {
	items := make([]*T, len(batch))
	for i, e := range batch {
		items[i] = e.item
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(batch[0].ctx), timeout)
	defer cancel()
	return c.Call(ctx, items, patient)
}

func land[T any](batch []*entry[T], err error) {
	for _, e := range batch {
		e.done <- err
	}
}
