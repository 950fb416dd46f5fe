package queue

import (
	"context"
	"log/slog"
	"strings"
)

// outage logs the beginning and the end of a service's fault and nothing in
// between, so that an unreachable database doesn't fill the log.
type outage struct {
	logger  *slog.Logger
	service string
	lasting bool
}

// note takes the outcome of one pass.
func (o *outage) note(ctx context.Context, err error) {
	switch {
	case ctx.Err() != nil: // what fails while stopping is no fault
	case err != nil && !o.lasting:
		o.lasting = true
		o.logger.WarnContext(ctx, "queue: "+o.service+" fails, will be tried again", slog.String("error", err.Error()))
	case err == nil && o.lasting:
		o.lasting = false
		o.logger.InfoContext(ctx, "queue: "+o.service+" works again")
	}
}

// riverLogKindFormat begins River's warning about kinds that don't match its
// pattern. Ours are function names, which may be anything.
const riverLogKindFormat = "job kind should match regex"

// riverLog passes on River's warnings and errors.
type riverLog struct{ slog.Handler }

func newRiverLogger(logger *slog.Logger) *slog.Logger {
	return slog.New(riverLog{logger.Handler()})
}

func (h riverLog) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && h.Handler.Enabled(ctx, level)
}

func (h riverLog) Handle(ctx context.Context, record slog.Record) error {
	if strings.HasPrefix(record.Message, riverLogKindFormat) {
		return nil
	}

	record.Message = "queue: River: " + record.Message
	return h.Handler.Handle(ctx, record)
}

func (h riverLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	return riverLog{h.Handler.WithAttrs(attrs)}
}

func (h riverLog) WithGroup(name string) slog.Handler {
	return riverLog{h.Handler.WithGroup(name)}
}
