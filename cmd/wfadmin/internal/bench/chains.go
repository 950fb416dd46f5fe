package bench

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/pgweir/weir/engine"
)

const (
	chainLength = 10
	inFlight    = 256

	// startBatch is the most workflows that batchedChains starts in a call.
	startBatch = 64
)

// chains has each of 256 goroutines start a chain and wait for it, again and
// again.
func chains(ctx context.Context, b *bench) ([]sample, error) {
	used, err := b.chainsOf(ctx, "null")
	if err != nil {
		return nil, err
	}
	steps := b.config.Sizes.Workflows * chainLength
	return []sample{
		b.besideRiver("steps", "steps/s", rate(steps, used.time), &Budget{AtLeast: 1.2, Goal: 2}),
		{name: "statements", unit: "per step", value: used.statements / float64(steps)},
		{name: "WAL", unit: "bytes/step", value: used.wal / float64(steps)},
	}, nil
}

// chainsWithOutput asks what is logged when a step returns 100 bytes.
func chainsWithOutput(ctx context.Context, b *bench) ([]sample, error) {
	used, err := b.chainsOf(ctx, `"`+strings.Repeat("x", 98)+`"`)
	if err != nil {
		return nil, err
	}
	return []sample{{
		name: "WAL, 100-byte outputs", unit: "bytes/step",
		value:  used.wal / float64(b.config.Sizes.Workflows*chainLength),
		budget: &Budget{AtMost: 1000, Goal: 600},
	}}, nil
}

func (b *bench) chainsOf(ctx context.Context, output string) (usage, error) {
	graph := chain(chainLength)
	return b.withEngine(ctx, returning(output), func(e *engineRun) error {
		return inParallel(inFlight, b.config.Sizes.Workflows, func(n int) error {
			return e.finish(ctx, engine.StartParams{ID: "chain-" + strconv.Itoa(n), Graph: graph})
		})
	})
}

// batchedChains keeps as many in flight, but starts as many in a call as have
// ended meanwhile.
func batchedChains(ctx context.Context, b *bench) ([]sample, error) {
	graph := chain(chainLength)
	workflows := b.config.Sizes.Workflows
	used, err := b.withEngine(ctx, returning("null"), func(e *engineRun) error {
		slots := make(chan error, inFlight)
		for range inFlight {
			slots <- nil
		}
		for started := 0; started < workflows; {
			batch, err := takeSlots(slots, min(startBatch, workflows-started))
			if err != nil {
				return err
			}
			begun, err := e.startRange(ctx, started, batch, func(n int) engine.StartParams {
				return engine.StartParams{ID: "chain-" + strconv.Itoa(n), Graph: graph}
			})
			if err != nil {
				return err
			}
			for _, workflow := range begun {
				go func() { slots <- e.succeeds(ctx, workflow) }()
			}
			started += batch
		}
		for range inFlight {
			if err := <-slots; err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return []sample{
		b.besideRiver("steps, starts in batches", "steps/s", rate(workflows*chainLength, used.time), nil),
	}, nil
}

// takeSlots waits for one slot and takes others that are free as well. The error
// is one that was put in.
func takeSlots(slots <-chan error, most int) (taken int, err error) {
	if err := <-slots; err != nil {
		return 0, err
	}
	for taken = 1; taken < most; taken++ {
		select {
		case err := <-slots:
			if err != nil {
				return 0, err
			}
		default:
			return taken, nil
		}
	}
	return taken, nil
}

// inParallel calls do for 0 to total-1 from a number of goroutines. After an
// error no call begins.
func inParallel(goroutines, total int, do func(n int) error) error {
	var (
		all   sync.WaitGroup
		once  sync.Once
		first error
		next  atomic.Int64
		fault atomic.Bool
	)
	for range min(goroutines, total) {
		all.Go(func() {
			for !fault.Load() {
				n := int(next.Add(1)) - 1
				if n >= total {
					return
				}
				if err := do(n); err != nil {
					once.Do(func() { first = err })
					fault.Store(true)
				}
			}
		})
	}
	all.Wait()
	return first
}
