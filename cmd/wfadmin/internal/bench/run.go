package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"time"
)

// cleanupTimeout bounds what is done after a measurement even if ctx has ended.
const cleanupTimeout = 30 * time.Second

// bench is a run.
type bench struct {
	config   Config
	database *database
	figures  figures
	costs    []Cost

	river   float64 // jobs/s of the last run of plain River, 0 without one
	measure string  // what is being measured, for file names and costs
}

// Run measures what config says on a database of its own, which is gone when it
// returns. Cancelling ctx ends it with the error. errors.Is finds
// migrations.ErrUnreachable if there is no such server.
func Run(ctx context.Context, config Config) (report Report, err error) {
	config = config.WithDefaults()
	if err := config.Validate(); err != nil {
		return Report{}, err
	}
	if config.ProfileDir != "" {
		if err := os.MkdirAll(config.ProfileDir, 0o755); err != nil {
			return Report{}, err
		}
	}
	database, err := createDatabase(ctx, config)
	if err != nil {
		return Report{}, err
	}
	defer func() {
		dropCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTimeout)
		defer cancel()
		err = errors.Join(err, database.drop(dropCtx))
	}()

	b := &bench{config: config, database: database}
	return b.run(ctx)
}

func (b *bench) run(ctx context.Context) (Report, error) {
	setting, err := b.setting(ctx)
	if err != nil {
		return Report{}, err
	}
	for round := range b.config.Rounds {
		if err := b.round(ctx, round+1); err != nil {
			return Report{}, err
		}
	}
	return Report{Setting: setting, Figures: b.figures.list, Costs: b.costs}, nil
}

// round measures each case once, each after a run of plain River of its own.
func (b *bench) round(ctx context.Context, round int) error {
	for _, name := range b.config.Cases {
		c := caseNamed(name)
		if c.besideRiver && !b.config.NoBaseline {
			b.measure = fmt.Sprintf("%s-%d-river", name, round)
			samples, err := plainRiver(ctx, b)
			if err != nil {
				return fmt.Errorf("measuring plain River: %w", err)
			}
			b.river = samples[0].value
			b.take(round, "river", samples)
		}
		b.measure = fmt.Sprintf("%s-%d", name, round)
		samples, err := c.run(ctx, b)
		if err != nil {
			return fmt.Errorf("measuring %s: %w", name, err)
		}
		b.take(round, name, samples)
	}
	return nil
}

func (b *bench) take(round int, name string, samples []sample) {
	for i, s := range samples {
		figure := b.figures.add(name, s)
		if i > 0 {
			continue // the first says how it goes
		}
		line := fmt.Sprintf("round %d/%d  %s: %s %s %s", round, b.config.Rounds, name, s.name, amount(s.value), s.unit)
		if s.base != 0 {
			line += fmt.Sprintf(", %.2f x %s", figure.lastRatio(), s.than)
		}
		fmt.Fprintln(b.config.Progress, line)
	}
}

// profiled runs what is measured and returns how long it took. Garbage of what
// ran before is collected first, so that nobody pays for it here.
func (b *bench) profiled(do func() error) (took time.Duration, err error) {
	runtime.GC()
	if b.config.ProfileDir != "" {
		file, err := os.Create(filepath.Join(b.config.ProfileDir, b.measure+".pprof"))
		if err != nil {
			return 0, err
		}
		defer func() { _ = file.Close() }()
		if err := pprof.StartCPUProfile(file); err != nil {
			return 0, err
		}
		defer pprof.StopCPUProfile()
	}
	began := time.Now()
	err = do()
	return time.Since(began), err
}
