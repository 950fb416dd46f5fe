package queue

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestService_WaitsBeforeEachPassAndLogsAFaultOnce(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()

		lines := &countingHandler{}
		outcomes := []error{errors.New("down"), errors.New("down"), nil, nil}
		began := time.Now()
		service{
			name:   "queue: test",
			logger: slog.New(lines),
			wait:   func() time.Duration { return time.Second },
			pass: func() error {
				err := outcomes[0]
				if outcomes = outcomes[1:]; len(outcomes) == 0 {
					cancel()
				}
				return err
			},
		}.run(ctx)

		require.Equal(t, 4*time.Second, time.Since(began))
		require.Equal(t, []string{"queue: test fails, will be tried again", "queue: test works again"}, lines.messages)
	})
}
