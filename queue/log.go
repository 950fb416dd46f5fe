package queue

import (
	"context"
	"log/slog"
	"strings"
)

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
