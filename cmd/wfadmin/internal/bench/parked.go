package bench

import (
	"context"
	"strconv"
	"time"

	"github.com/pgweir/weir/engine"
)

// settleTime is what an engine gets to end what its last workflows left to do.
const settleTime = time.Second

// parked starts workflows that wait for an event which nobody sends, and asks
// what else costs before and after.
func parked(ctx context.Context, b *bench) ([]sample, error) {
	var (
		alone, beside neighbours
		parking       time.Duration
	)
	_, err := b.withEngine(ctx, returning("null"), func(e *engineRun) (err error) {
		if alone, err = e.neighbours(ctx, "alone-", b.config.Sizes); err != nil {
			return err
		}
		began := time.Now()
		if _, err = e.startMany(ctx, b.config.Sizes.Parked, untilEvent); err != nil {
			return err
		}
		parking = time.Since(began)
		beside, err = e.neighbours(ctx, "beside-", b.config.Sizes)
		return err
	})
	if err != nil {
		return nil, err
	}

	const none = "none parked"
	return []sample{
		{name: "workflows beside parked ones", unit: "workflows/s", value: beside.workflows, base: alone.workflows, than: none},
		{name: "statements, idle", unit: "per second", value: beside.statements, base: alone.statements, than: none},
		{name: "time in statements, idle", unit: "ms/s", value: beside.busy, base: alone.busy, than: none},
		{name: "parking, starts in batches", unit: "workflows/s", value: rate(b.config.Sizes.Parked, parking)},
	}, nil
}

// neighbours is what a client does beside workflows that are parked.
type neighbours struct {
	workflows  float64 // of one step, started and waited for, per second
	statements float64 // of the idle client, per second
	busy       float64 // milliseconds that those take, per second
}

func (e *engineRun) neighbours(ctx context.Context, prefix string, sizes Sizes) (n neighbours, err error) {
	graph := chain(1)
	began := time.Now()
	err = inParallel(inFlight, sizes.Singles, func(n int) error {
		return e.finish(ctx, engine.StartParams{ID: prefix + strconv.Itoa(n), Graph: graph})
	})
	if err != nil {
		return neighbours{}, err
	}
	n.workflows = rate(sizes.Singles, time.Since(began))

	if err := pause(ctx, settleTime); err != nil {
		return neighbours{}, err
	}
	count, took, began := e.statements.count.Load(), e.statements.took.Load(), time.Now()
	if err := pause(ctx, time.Duration(sizes.IdleSeconds)*time.Second); err != nil {
		return neighbours{}, err
	}
	idle := time.Since(began).Seconds()
	n.statements = float64(e.statements.count.Load()-count) / idle
	n.busy = time.Duration(e.statements.took.Load()-took).Seconds() * 1000 / idle
	return n, nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
