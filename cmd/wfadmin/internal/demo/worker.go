package demo

import (
	"context"
	"io"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgweir/weir/cmd/wfadmin/internal/jobs"
	"github.com/pgweir/weir/sdk"
)

// giveBackAfter is how long a worker that stops lets its steps run on.
const giveBackAfter = 5 * time.Second

// Work is a worker process: it runs the steps of package jobs until ctx or stdin
// ends.
func Work(ctx context.Context, pool *pgxpool.Pool, stdin io.Reader, logger *slog.Logger) error {
	client, err := sdk.New(sdk.Config{
		Pool:     pool,
		Handlers: jobs.Handlers(),
		Queues:   map[string]int{"default": slots},
		Logger:   logger,
	})
	if err != nil {
		return err
	}
	if err := client.Start(ctx); err != nil {
		return err
	}
	awaitEnd(ctx, stdin)

	stopCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), giveBackAfter)
	defer cancel()
	return client.Stop(stopCtx)
}

func awaitEnd(ctx context.Context, stdin io.Reader) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = io.Copy(io.Discard, stdin)
	}()
	select {
	case <-ctx.Done():
	case <-ended:
	}
}
