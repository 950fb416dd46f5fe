package bench

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgweir/weir/engine"
)

const (
	// insertSQL is what a hop is compared with: the least that makes anything
	// durable.
	insertSQL = `insert into weir_bench.plain default values`

	insertsBeside = 500 // before the chain, and as many after it
)

// idleChain runs one chain alone, between inserts from the same pool.
func idleChain(ctx context.Context, b *bench) ([]sample, error) {
	var hops, inserts []time.Duration
	began := make(beginnings, b.config.Sizes.Hops)
	_, err := b.withEngine(ctx, began.function(), func(e *engineRun) error {
		return betweenInserts(ctx, e.pool, &inserts, func() (err error) {
			hops, err = e.timeHops(ctx, began)
			return err
		})
	})
	if err != nil {
		return nil, err
	}

	insert := quantile(inserts, 0.5)
	return []sample{
		{
			name: "hop, p50", unit: "us", value: quantile(hops, 0.5), base: insert, than: "insert",
			budget: &Budget{AtMost: 2.5, Goal: 2},
		},
		{name: "hop, p99", unit: "us", value: quantile(hops, 0.99), base: quantile(inserts, 0.99), than: "insert"},
		{name: "insert of a row, p50", unit: "us", value: insert},
	}, nil
}

// beginnings gets the moment at which each step begins.
type beginnings chan time.Time

func (b beginnings) function() engine.Function {
	return engine.Function{Name: emptyFunction, Do: func(context.Context, []json.RawMessage) (json.RawMessage, error) {
		b <- time.Now()
		return json.RawMessage("null"), nil
	}}
}

// next waits for a step to begin.
func (b beginnings) next(ctx context.Context) (time.Time, error) {
	select {
	case began := <-b:
		return began, nil
	case <-ctx.Done():
		return time.Time{}, ctx.Err()
	}
}

// timeHops runs a chain whose beginnings all have room.
func (e *engineRun) timeHops(ctx context.Context, began beginnings) ([]time.Duration, error) {
	if err := e.finish(ctx, engine.StartParams{ID: "hop", Graph: chain(cap(began))}); err != nil {
		return nil, err
	}
	hops := make([]time.Duration, cap(began)-1)
	last := <-began
	for i := range hops {
		next := <-began
		hops[i] = next.Sub(last)
		last = next
	}
	return hops, nil
}

// betweenInserts does do, and tells how long inserts took before and after.
func betweenInserts(ctx context.Context, pool *pgxpool.Pool, inserts *[]time.Duration, do func() error) error {
	before, err := timeInserts(ctx, pool)
	if err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	after, err := timeInserts(ctx, pool)
	*inserts = append(before, after...)
	return err
}

func timeInserts(ctx context.Context, pool *pgxpool.Pool) ([]time.Duration, error) {
	took := make([]time.Duration, insertsBeside)
	for i := range took {
		began := time.Now()
		if _, err := pool.Exec(ctx, insertSQL); err != nil {
			return nil, err
		}
		took[i] = time.Since(began)
	}
	return took, nil
}

// quantile returns microseconds.
func quantile(durations []time.Duration, q float64) float64 {
	sorted := slices.Sorted(slices.Values(durations))
	at := min(int(q*float64(len(sorted))), len(sorted)-1)
	return float64(sorted[at]) / float64(time.Microsecond)
}
