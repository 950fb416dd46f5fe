package bench

import (
	"context"
	"time"
)

const (
	manyCallers = 256
	warmActors  = 1_000
	busyActors  = 100
)

// hotActor calls one actor from 1 goroutine, and then from 64.
func hotActor(ctx context.Context, b *bench) ([]sample, error) {
	var alone, together time.Duration
	calls := b.config.Sizes.Calls
	_, err := b.withActors(ctx, func(r *actorRun) (err error) {
		if err := r.make(ctx, 0, 0); err != nil {
			return err
		}
		if alone, err = r.called(ctx, 1, calls/10, 1); err != nil {
			return err
		}
		together, err = r.called(ctx, starters, calls, 1)
		return err
	})
	if err != nil {
		return nil, err
	}
	return []sample{
		b.besideRiver("calls, 64 callers", "calls/s", rate(calls, together), &Budget{AtLeast: 0.3, Goal: 1}),
		b.besideRiver("calls, 1 caller", "calls/s", rate(calls/10, alone), nil),
	}, nil
}

// called makes calls of as many actors, in turn, and returns how long that took.
func (r *actorRun) called(ctx context.Context, callers, calls, actors int) (time.Duration, error) {
	began := time.Now()
	err := inParallel(callers, calls, func(n int) error { return r.call(ctx, n%actors) })
	return time.Since(began), err
}

// manyActors calls 1,000 actors again and again, then each of many once, and queries
// the 1,000.
func manyActors(ctx context.Context, b *bench) ([]sample, error) {
	var warm, each, queries time.Duration
	calls, all := b.config.Sizes.Calls, b.config.Sizes.Actors
	_, err := b.withActors(ctx, func(r *actorRun) (err error) {
		if err := r.make(ctx, 0, max(warmActors, all)-1); err != nil {
			return err
		}
		if warm, err = r.called(ctx, manyCallers, calls, warmActors); err != nil {
			return err
		}
		if each, err = r.called(ctx, manyCallers, all, all); err != nil {
			return err
		}
		began := time.Now()
		err = inParallel(manyCallers, calls, func(n int) error { return r.query(ctx, n%warmActors) })
		queries = time.Since(began)
		return err
	})
	if err != nil {
		return nil, err
	}
	return []sample{
		b.besideRiver("calls of 1,000 actors", "calls/s", rate(calls, warm), &Budget{AtLeast: 0.5, Goal: 1}),
		b.besideRiver("one call of each of many", "calls/s", rate(all, each), nil),
		b.besideRiver("queries", "queries/s", rate(calls, queries), nil),
	}, nil
}

// idleActors makes one call after the other, between inserts from the same pool: of
// actors that nobody has called before, and of one.
func idleActors(ctx context.Context, b *bench) ([]sample, error) {
	var first, again, inserts []time.Duration
	calls := b.config.Sizes.Calls / 10
	_, err := b.withActors(ctx, func(r *actorRun) error {
		if err := r.make(ctx, 0, calls); err != nil {
			return err
		}
		return betweenInserts(ctx, r.pool, &inserts, func() (err error) {
			if again, err = r.timed(ctx, calls, func(int) int { return 0 }); err != nil {
				return err
			}
			first, err = r.timed(ctx, calls, func(n int) int { return n + 1 })
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	insert := quantile(inserts, 0.5)
	return []sample{
		{
			name: "call, p50", unit: "us", value: quantile(again, 0.5), base: insert, than: "insert",
			budget: &Budget{AtMost: 3},
		},
		{name: "call, p99", unit: "us", value: quantile(again, 0.99), base: quantile(inserts, 0.99), than: "insert"},
		{name: "first call of an idle actor, p50", unit: "us", value: quantile(first, 0.5), base: insert, than: "insert"},
		{name: "insert of a row, p50", unit: "us", value: insert},
	}, nil
}

// timed makes calls one after the other.
func (r *actorRun) timed(ctx context.Context, calls int, actor func(n int) int) ([]time.Duration, error) {
	took := make([]time.Duration, calls)
	for n := range took {
		began := time.Now()
		if err := r.call(ctx, actor(n)); err != nil {
			return nil, err
		}
		took[n] = time.Since(began)
	}
	return took, nil
}

// busyAmongIdle calls 100 actors, and again when there are many that nobody calls.
func busyAmongIdle(ctx context.Context, b *bench) ([]sample, error) {
	var alone, among time.Duration
	calls := b.config.Sizes.Calls
	_, err := b.withActors(ctx, func(r *actorRun) (err error) {
		if err := r.make(ctx, 0, busyActors-1); err != nil {
			return err
		}
		if alone, err = r.called(ctx, starters, calls, busyActors); err != nil {
			return err
		}
		if err := r.make(ctx, busyActors, busyActors+b.config.Sizes.IdleActors-1); err != nil {
			return err
		}
		among, err = r.called(ctx, starters, calls, busyActors)
		return err
	})
	if err != nil {
		return nil, err
	}
	return []sample{
		{name: "calls among idle actors", unit: "calls/s", value: rate(calls, among), base: rate(calls, alone), than: "none idle"},
		{name: "calls, none idle", unit: "calls/s", value: rate(calls, alone)},
	}, nil
}
