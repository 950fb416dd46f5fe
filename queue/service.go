package queue

import (
	"context"
	"log/slog"
	"time"

	"github.com/pgweir/weir/internal/outage"
)

// service makes passes in the background for as long as a life lasts.
type service struct {
	name   string // what its log lines begin with
	logger *slog.Logger
	wait   func() time.Duration // before each pass
	pass   func() error
}

// run makes passes until ctx ends.
func (s service) run(ctx context.Context) {
	fault := outage.Log{Logger: s.logger, Service: s.name}

	for pause(ctx, s.wait()) {
		fault.Note(ctx, s.pass())
	}
}
