package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/pgweir/weir/engine"
)

// resumeAll resumes failed workflows of 3 steps in one call, after a tenth as
// many others one by one. The worker that they failed on has left, so that both
// only reopen.
func resumeAll(ctx context.Context, b *bench) ([]sample, error) {
	var (
		together          time.Duration
		oneByOne, inserts []time.Duration

		all    = b.config.Sizes.Failed
		single = max(1, all/10)
	)
	_, err := b.withEngine(ctx, failing(), func(e *engineRun) error {
		failed, err := e.failMany(ctx, single+all)
		if err != nil {
			return err
		}
		if err := e.Stop(ctx); err != nil {
			return err
		}
		if inserts, err = timeInserts(ctx, e.pool); err != nil {
			return err
		}
		if oneByOne, err = e.timeResumes(ctx, failed[:single]); err != nil {
			return err
		}
		for _, workflow := range failed[:single] { // those it leaves alone
			if err := e.Cancel(ctx, workflow.ID, ""); err != nil {
				return err
			}
		}
		together, err = e.timeResumeAll(ctx, all)
		return err
	})
	if err != nil {
		return nil, err
	}

	each := float64(together.Microseconds()) / float64(all)
	resume := quantile(oneByOne, 0.5)
	return []sample{
		{name: "resume all, for each", unit: "us", value: each, base: resume, than: "one by one"},
		{name: "resume all", unit: "ms", value: together.Seconds() * 1000},
		{name: "resume one by one, p50", unit: "us", value: resume, base: quantile(inserts, 0.5), than: "insert"},
	}, nil
}

// failing is a step that fails for good if it follows another.
func failing() engine.Function {
	failure := engine.Permanent(errors.New("not now"))
	return engine.Function{Name: emptyFunction, Do: func(_ context.Context, args []json.RawMessage) (json.RawMessage, error) {
		if len(args) > 0 {
			return nil, failure
		}
		return json.RawMessage("null"), nil
	}}
}

// failMany returns workflows whose second of three steps has failed.
func (e *engineRun) failMany(ctx context.Context, total int) ([]engine.Started, error) {
	graph := chain(3)
	failed, err := e.startMany(ctx, total, func(n int) engine.StartParams {
		return engine.StartParams{ID: "failed-" + strconv.Itoa(n), Graph: graph}
	})
	if err != nil {
		return nil, err
	}
	return failed, e.allEnded(ctx)
}

func (e *engineRun) timeResumes(ctx context.Context, failed []engine.Started) ([]time.Duration, error) {
	took := make([]time.Duration, len(failed))
	for i, workflow := range failed {
		began := time.Now()
		if _, err := e.Resume(ctx, workflow.ID); err != nil {
			return nil, err
		}
		took[i] = time.Since(began)
	}
	return took, nil
}

// timeResumeAll expects as many to be resumed.
func (e *engineRun) timeResumeAll(ctx context.Context, failed int) (time.Duration, error) {
	began := time.Now()
	resumed, err := e.ResumeAll(ctx, true)
	took := time.Since(began)
	if err == nil && len(resumed) != failed {
		err = fmt.Errorf("%d workflows were resumed instead of %d", len(resumed), failed)
	}
	return took, err
}
