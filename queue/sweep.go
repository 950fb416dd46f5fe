package queue

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/pgweir/weir/internal/outage"
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
	outage  outage.Log
	signals *testSignals
}

func newSweeper(config *sweeperConfig, signals *testSignals) *sweeper {
	return &sweeper{
		config:  config,
		outage:  outage.Log{Logger: config.logger, Service: "queue: sweep"},
		signals: signals,
	}
}

func (s *sweeper) run(ctx context.Context) {
	wait := sweepWaitMax
	for pause(ctx, jitter(wait)) {
		res, err := s.runOnce(ctx)
		s.outage.Note(ctx, err)
		if err != nil {
			wait = sweepWaitMax
			continue
		}

		if len(res.Retired) > 0 {
			s.config.logger.WarnContext(ctx, "queue: sweep: took over from dead workers",
				slog.String("workers", strings.Join(res.Retired, ", ")))
		}
		wait = min(max(res.Next, sweepWaitMin), sweepWaitMax)
	}
}

type sweepResult struct {
	Retired []string      // ids of the workers that were dead
	Next    time.Duration // when to look again
}

func (s *sweeper) runOnce(ctx context.Context) (sweepResult, error) {
	retired, next, err := sweep(ctx, s.config.pool, s.config.poison)
	if err != nil {
		return sweepResult{}, err
	}

	res := sweepResult{Retired: retired, Next: next}
	s.signals.swept.send(res)

	return res, nil
}
