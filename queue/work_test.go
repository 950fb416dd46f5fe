package queue

import (
	"context"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
)

// A fetch can be under way while its life is lost: whoever retired the id did
// not see the row.
func TestLife_GivesBackWhatItFetchedTooLate(t *testing.T) {
	t.Parallel()

	b := setup(t)
	key := b.startSteps(t, 1)
	b.fetch(t, "lost")
	token := Token{Job: b.jobs(t, key, 0)[0].ID, Workflow: key}

	logger := slog.New(slog.DiscardHandler)
	l := &life{
		config: &Config{
			Logger: logger,
			Run:    func(context.Context, string, Token) { t.Error("ran a token of a life that is lost") },
		},
		id:         "lost",
		jobs:       newInventory(),
		retirer:    newRetirer(&retirerConfig{id: "lost", logger: logger, poison: 5, pool: b.pool}),
		cancelRuns: func(error) {},
		lost:       make(chan struct{}),
		released:   make(chan struct{}),
	}
	l.lose()

	returned := make(chan struct{})
	go func() {
		defer close(returned)
		l.work(t.Context(), token)
	}()
	close(l.released)
	receive(t, returned)

	jobs := b.jobs(t, key, 0)
	require.Len(t, jobs, 2)
	require.Equal(t, "cancelled", jobs[0].State)
	require.Equal(t, "available", jobs[1].State)
	b.check(t)
}
