package bench

import (
	"context"

	"github.com/pgweir/weir/engine"
)

// fanOut runs one workflow: a step, many that take its output, and one that
// takes all of theirs.
func fanOut(ctx context.Context, b *bench) ([]sample, error) {
	steps := []engine.Step{emptyStep()}
	var outputs []engine.Arg
	for range b.config.Sizes.Width {
		outputs = append(outputs, output(len(steps)))
		steps = append(steps, emptyStep(output(0)))
	}
	steps = append(steps, emptyStep(engine.Arg{Kind: engine.ArgList, List: outputs}))

	used, err := b.withEngine(ctx, returning("null"), func(e *engineRun) error {
		return e.finish(ctx, engine.StartParams{ID: "fanout", Graph: engine.Graph{Steps: steps}})
	})
	if err != nil {
		return nil, err
	}
	return []sample{
		b.besideRiver("steps", "steps/s", rate(len(steps), used.time), &Budget{AtLeast: 0.5, Goal: 1}),
		{name: "statements", unit: "per step", value: used.statements / float64(len(steps))},
		{name: "WAL", unit: "bytes/step", value: used.wal / float64(len(steps))},
	}, nil
}
