package engine

import (
	"context"
	"errors"
	"time"

	"github.com/pgweir/weir/queue"
)

// releaseItem is a token that its thread gives back.
type releaseItem struct {
	token    queue.Token
	released bool
}

const (
	// releaseInterval is the wait before what was locked is tried again.
	releaseInterval = 50 * time.Millisecond

	// doubtPause is the wait before a token is given back after a fault of the
	// database, so that one which stays doesn't make the step spin.
	doubtPause = 500 * time.Millisecond
)

// pause waits, but not for a context that has ended.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// giveBack returns the token's holdings to the database, and doesn't return
// before that is done or they are gone with the worker.
func (t *thread) giveBack(ctx context.Context, reason error) {
	if t.own {
		defer t.worker.Drop(t.crew.worker, t.token.Job)
	}
	if errors.Is(reason, ErrLost) {
		t.worker.ReportLost(t.crew.worker)
		return
	}
	if !errors.Is(reason, errInDoubt) {
		t.config.Logger.Warn("engine: giving a job back", "job", t.token.Job, "workflow", t.token.Workflow, "error", reason)
		pause(ctx, doubtPause)
	}
	item := &releaseItem{token: t.token}
	for {
		err := t.crew.releases.Do(context.WithoutCancel(ctx), item)
		switch {
		case item.released, errors.Is(context.Cause(ctx), ErrLost):
			return
		case errors.Is(err, ErrLost):
			t.worker.ReportLost(t.crew.worker)
			return
		}
		<-time.After(releaseInterval)
	}
}

const releaseSQL = `select weir_internal.release($1, $2, $3)`

// release gives a batch of tokens back for a worker, all or, where a workflow is
// locked, none for certain.
func (e *Engine) release(ctx context.Context, worker string, batch []*releaseItem) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()

	job := make([]int64, len(batch))
	workflow := make([]int64, len(batch))
	for i, item := range batch {
		job[i], workflow[i] = item.token.Job, item.token.Workflow
	}
	var released bool
	if err := e.config.Pool.QueryRow(ctx, releaseSQL, worker, job, workflow).Scan(&released); err != nil {
		return FromDatabase(err)
	}
	for _, item := range batch {
		item.released = released
	}
	return nil
}
