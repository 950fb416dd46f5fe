package queue

import (
	"context"
	"log/slog"
	"time"
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
	signals *testSignals
}

func newMender(config *menderConfig, signals *testSignals) *mender {
	return &mender{config: config, signals: signals}
}

func (m *mender) run(ctx context.Context) {
	service{
		name:   "queue: mend",
		logger: m.config.logger,
		wait:   func() time.Duration { return jitter(mendWait) },
		pass: func() error {
			res, err := m.runOnce(ctx)
			if res.Mended > 0 {
				m.config.logger.WarnContext(ctx, "queue: mend: found steps without a job", slog.Int("steps", res.Mended))
			}

			return err
		},
	}.run(ctx)
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
