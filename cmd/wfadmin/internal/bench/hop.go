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
	var (
		began   = make([]time.Time, 0, b.config.Sizes.Hops)
		inserts []time.Duration
	)
	body := engine.Function{Name: emptyFunction, Do: func(context.Context, []json.RawMessage) (json.RawMessage, error) {
		began = append(began, time.Now()) // bodies of a chain follow each other
		return json.RawMessage("null"), nil
	}}
	_, err := b.withEngine(ctx, body, func(e *engineRun) error {
		before, err := timeInserts(ctx, e.pool)
		if err != nil {
			return err
		}
		if err := e.finish(ctx, engine.StartParams{ID: "hop", Graph: chain(b.config.Sizes.Hops)}); err != nil {
			return err
		}
		after, err := timeInserts(ctx, e.pool)
		inserts = append(before, after...)
		return err
	})
	if err != nil {
		return nil, err
	}

	hops := make([]time.Duration, len(began)-1)
	for i := range hops {
		hops[i] = began[i+1].Sub(began[i])
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
