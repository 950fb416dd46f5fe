package bench

import (
	"context"
	"strconv"
	"time"

	"github.com/pgweir/weir/engine"
)

const (
	starters = 64

	// endedInterval is how often singles looks for what still runs.
	endedInterval = 10 * time.Millisecond
)

// singles starts workflows of one step from 64 goroutines as fast as they can,
// and ends with the last workflow. Nobody waits for a single one, as with
// River's jobs.
func singles(ctx context.Context, b *bench) ([]sample, error) {
	graph := chain(1)
	workflows := b.config.Sizes.Singles
	used, err := b.withEngine(ctx, returning("null"), func(e *engineRun) error {
		err := inParallel(starters, workflows, func(n int) error {
			_, err := e.StartWorkflow(ctx, engine.StartParams{ID: "single-" + strconv.Itoa(n), Graph: graph})
			return err
		})
		if err != nil {
			return err
		}
		return e.allEnded(ctx)
	})
	if err != nil {
		return nil, err
	}
	return []sample{
		b.besideRiver("workflows", "workflows/s", rate(workflows, used.time), &Budget{AtLeast: 0.4}),
		{name: "statements", unit: "per workflow", value: used.statements / float64(workflows)},
		{name: "WAL", unit: "bytes/workflow", value: used.wal / float64(workflows)},
	}, nil
}

// allEnded returns when no workflow runs any more.
func (e *engineRun) allEnded(ctx context.Context) error {
	ticker := time.NewTicker(endedInterval)
	defer ticker.Stop()
	for {
		var running bool
		err := e.pool.QueryRow(ctx, `select exists (select from weir_internal.workflow where status = 'RUNNING')`).Scan(&running)
		if err != nil || !running {
			return err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
