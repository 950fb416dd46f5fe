package queue

import (
	"context"
	"log/slog"
	"strings"
	"time"
)

const (
	sweepWaitMin = 50 * time.Millisecond
	sweepWaitMax = 500 * time.Millisecond
)

type sweeperConfig struct {
	logger *slog.Logger
	poison int
	pool   querier
}

// sweeper looks for workers that have died and requeues what they had.
type sweeper struct {
	config  *sweeperConfig
	signals *testSignals
}

func newSweeper(config *sweeperConfig, signals *testSignals) *sweeper {
	return &sweeper{config: config, signals: signals}
}

func (s *sweeper) run(ctx context.Context) {
	next := sweepWaitMax
	service{
		name:   "queue: sweep",
		logger: s.config.logger,
		wait:   func() time.Duration { return jitter(next) },
		pass: func() error {
			res, err := s.runOnce(ctx)
			if len(res.Retired) > 0 {
				s.config.logger.WarnContext(ctx, "queue: sweep: took over from dead workers",
					slog.String("workers", strings.Join(res.Retired, ", ")))
			}
			next = res.Next

			return err
		},
	}.run(ctx)
}

type sweepResult struct {
	Retired []string      // ids of the workers that were dead
	Next    time.Duration // when to look again
}

func (s *sweeper) runOnce(ctx context.Context) (sweepResult, error) {
	retired, next, err := sweep(ctx, s.config.pool, s.config.poison)
	if err != nil {
		return sweepResult{Next: sweepWaitMax}, err
	}

	res := sweepResult{Retired: retired, Next: min(max(next, sweepWaitMin), sweepWaitMax)}
	s.signals.swept.send(res)

	return res, nil
}
