package queue

import (
	"context"
	"errors"
	"log/slog"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/internal/outage"
)

func TestTrust(t *testing.T) {
	t.Parallel()

	sent := time.Now()
	trust := trust{lease: 5 * time.Second}
	trust.renew(sent)

	require.False(t, trust.expired(sent.Add(3999*time.Millisecond)))
	require.True(t, trust.expired(sent.Add(4*time.Second)), "a second before others may take over")
}

func TestHeart_LostReason(t *testing.T) {
	t.Parallel()

	now := time.Now()
	setup := func() *heart {
		h := newHeart(&heartConfig{registration: registration{lease: 5 * time.Second}}, &testSignals{})
		h.trust.renew(now)
		return h
	}
	refused := errors.New("refused")

	t.Run("ToleratesAFailedBeatWithinTheLease", func(t *testing.T) {
		t.Parallel()
		require.NoError(t, setup().lostReason(refused, now.Add(3*time.Second)))
	})

	t.Run("EndsWithTheLease", func(t *testing.T) {
		t.Parallel()
		require.ErrorIs(t, setup().lostReason(refused, now.Add(4*time.Second)), errLeaseExpired)
	})

	t.Run("EndsWhenTheRowIsGone", func(t *testing.T) {
		t.Parallel()
		require.ErrorIs(t, setup().lostReason(&pgconn.PgError{Code: codeWorkerLost}, now), errWorkerGone)
	})

	t.Run("EndsWhenTheSessionCannotBeReplaced", func(t *testing.T) {
		t.Parallel()

		h := setup()
		h.sessionLost = now
		require.NoError(t, h.lostReason(refused, now.Add(900*time.Millisecond)))
		require.ErrorIs(t, h.lostReason(refused, now.Add(time.Second)), errLockLost)
		require.Equal(t, now.Add(time.Second), h.deadline())
	})

	t.Run("LetsTheLeaseDecideWhileTheServerIsDown", func(t *testing.T) {
		t.Parallel()

		for _, err := range []error{syscall.ECONNREFUSED, &pgconn.PgError{Code: codeCannotConnectNow}} {
			h := setup()
			h.sessionLost, h.serverDown = now, isServerDown(err)
			require.NoError(t, h.lostReason(err, now.Add(2*time.Second)))
			require.ErrorIs(t, h.lostReason(err, now.Add(4*time.Second)), errLeaseExpired)
			require.Equal(t, h.trust.until, h.deadline())
		}
	})
}

func TestHeart_Collect(t *testing.T) {
	t.Parallel()

	long, short, told := Held{Workflow: 1}, Held{Workflow: 2}, Held{Workflow: 3}
	h := newHeart(&heartConfig{
		held: func(olderThan time.Duration) []Held {
			if olderThan > 0 {
				return []Held{long}
			}
			return []Held{long, short, told}
		},
	}, &testSignals{})

	require.Equal(t, []Held{long}, h.collect())

	h.told[1] = struct{}{}
	h.told[3] = struct{}{}
	require.Equal(t, []Held{long, told}, h.collect(), "steps of stopped workflows are reported early, and once")
}

func TestOutage(t *testing.T) {
	t.Parallel()

	lines := &countingHandler{}
	o := outage.Log{Logger: slog.New(lines), Service: "queue: test"}
	for range 3 {
		o.Note(t.Context(), errors.New("down"))
	}
	o.Note(t.Context(), nil)
	o.Note(t.Context(), nil)
	require.Equal(t, []string{"queue: test fails, will be tried again", "queue: test works again"}, lines.messages)
}

func TestRiverLogger(t *testing.T) {
	t.Parallel()

	lines := &countingHandler{}
	logger := newRiverLogger(slog.New(lines))
	logger.Info("started")
	logger.Warn("job kind should match regex; this will be an error in future versions")
	logger.With("a", 1).WithGroup("g").Warn("slow")
	require.Equal(t, []string{"queue: River: slow"}, lines.messages)
}

type countingHandler struct{ messages []string }

func (h *countingHandler) Enabled(context.Context, slog.Level) bool { return true }
func (h *countingHandler) WithAttrs([]slog.Attr) slog.Handler       { return h }
func (h *countingHandler) WithGroup(string) slog.Handler            { return h }

func (h *countingHandler) Handle(_ context.Context, r slog.Record) error {
	h.messages = append(h.messages, r.Message)
	return nil
}
