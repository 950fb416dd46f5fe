package queue

import (
	"context"
	"log/slog"
	"time"

	"github.com/pgweir/weir/internal/outage"
)

const (
	mendSlice = 500 // workflows
	mendWait  = 10 * time.Second
)

type menderConfig struct {
	logger *slog.Logger
	pool   querier
	slice  int
}

// mender walks slowly over all live workflows, a slice at a time, and gives
// steps whose job has vanished a new one. Nothing should ever be found: it is
// the net below everything else.
type mender struct {
	config  *menderConfig
	after   int64 // where the next slice begins
	outage  outage.Log
	signals *testSignals
}

func newMender(config *menderConfig, signals *testSignals) *mender {
	return &mender{
		config:  config,
		outage:  outage.Log{Logger: config.logger, Service: "queue: mend"},
		signals: signals,
	}
}

func (m *mender) run(ctx context.Context) {
	for pause(ctx, jitter(mendWait)) {
		res, err := m.runOnce(ctx)
		m.outage.Note(ctx, err)

		if res.Mended > 0 {
			m.config.logger.WarnContext(ctx, "queue: mend: found steps without a job", slog.Int("steps", res.Mended))
		}
	}
}

type mendResult struct {
	Mended int
	Next   int64 // where the next slice begins, 0 for the first
}

func (m *mender) runOnce(ctx context.Context) (mendResult, error) {
	mended, next, err := mend(ctx, m.config.pool, m.after, m.config.slice)
	if err != nil {
		return mendResult{}, err
	}
	m.after = next

	res := mendResult{Mended: mended, Next: next}
	m.signals.mended.send(res)

	return res, nil
}
