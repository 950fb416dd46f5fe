// Package outage keeps a background service's fault from filling the log.
package outage

import (
	"context"
	"log/slog"
)

// Log logs the beginning and the end of a service's fault and nothing in
// between. It is used by one goroutine.
type Log struct {
	// Logger gets the lines.
	Logger *slog.Logger

	// Service is what a line begins with, such as "queue: sweep".
	Service string

	lasting bool
}

// Note takes the outcome of one pass. What fails while ctx has ended is no fault.
func (l *Log) Note(ctx context.Context, err error) {
	switch {
	case ctx.Err() != nil:
	case err != nil && !l.lasting:
		l.lasting = true
		l.Logger.WarnContext(ctx, l.Service+" fails, will be tried again", slog.String("error", err.Error()))
	case err == nil && l.lasting:
		l.lasting = false
		l.Logger.InfoContext(ctx, l.Service+" works again")
	}
}
