package queue

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
)

// work runs one token. When it returns, River completes what row there is, so it
// returns only when nothing is left to do under that row.
func (l *life) work(ctx context.Context, token Token) {
	l.jobs.add(token.Job)
	defer l.jobs.remove(token.Job)

	if l.isLost() {
		l.leaveUnseen(token)
		return
	}

	if err := l.run(ctx, token); err != nil {
		l.config.Logger.ErrorContext(ctx, "queue: run panicked, its job is given back",
			slog.Int64("workflow", token.Workflow), slog.Int("step", int(token.Step)), slog.String("error", err.Error()))
		l.release(ctx, token)
	}

	if l.isLost() {
		<-l.released
	}
}

// run calls Config.Run. A panic there is a bug of ours, since those of the steps
// are caught before; River would retry the same row.
func (l *life) run(ctx context.Context, token Token) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("panic: %v\n%s", value, debug.Stack())
		}
	}()

	l.config.Run(ctx, l.id, token)

	return nil
}

// release gives back what a token holds, unless the whole life is retired first.
func (l *life) release(ctx context.Context, token Token) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // a stop waits for it
	defer cancel()

	go func() {
		select {
		case <-l.lost:
			cancel()
		case <-ctx.Done():
		}
	}()

	// The pause before keeps a token that always panics from spinning.
	for pause(ctx, retireRetryMax) {
		done, err := release(ctx, l.config.Pool, l.id, token)
		switch {
		case done:
			return
		case isWorkerGone(err):
			l.fence(errWorkerGone)
		}
	}
}

// leaveUnseen lets a token go that was fetched by a life that was lost already.
// Whoever retired the id may not have seen its row.
func (l *life) leaveUnseen(token Token) {
	<-l.released
	_ = l.retirer.run(context.Background(), false) // the pool is closed
	l.config.Logger.Debug("queue: gave back a job that was fetched too late", slog.Int64("job", token.Job))
}
