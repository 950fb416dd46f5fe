package queue

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
)

func TestNew(t *testing.T) {
	t.Parallel()

	pool, err := pgxpool.New(t.Context(), "postgres://nobody@127.0.0.1:1/nothing")
	require.NoError(t, err)
	t.Cleanup(pool.Close)

	valid := func() Config {
		return Config{
			Pool:      pool,
			Functions: []string{"f"},
			Run:       func(context.Context, string, Token) {},
		}
	}

	t.Run("FillsInDefaults", func(t *testing.T) {
		t.Parallel()

		w, err := New(valid())
		require.NoError(t, err)
		require.Equal(t, map[string]int{"default": 100}, w.config.Queues)
		require.Equal(t, 5*time.Second, w.config.Lease)
		require.Equal(t, 500*time.Millisecond, w.config.FetchPollInterval)
		require.Empty(t, w.ID())
		require.False(t, w.Draining())
	})

	t.Run("KeepsThePollsOfManyQueuesWithinTheIdleBudget", func(t *testing.T) {
		t.Parallel()

		config := valid()
		config.Queues = map[string]int{"a": 1, "b": 1, "c": 1, "d": 1}
		w, err := New(config)
		require.NoError(t, err)
		require.Equal(t, time.Second, w.config.FetchPollInterval)
	})

	t.Run("TakesFunctionsOfAnyShape", func(t *testing.T) {
		t.Parallel()

		config := valid()
		config.Functions = []string{"x", "with space", "größe", "-", strings.Repeat("n", 127)}
		_, err := New(config)
		require.NoError(t, err)
	})

	for name, refused := range map[string]struct {
		change func(*Config)
		names  string
	}{
		"NoPool":          {func(c *Config) { c.Pool = nil }, "Pool"},
		"NoRun":           {func(c *Config) { c.Run = nil }, "Run"},
		"NothingToRun":    {func(c *Config) { c.Functions = nil }, "Functions"},
		"EmptyFunction":   {func(c *Config) { c.Functions = []string{""} }, "Functions"},
		"LongFunction":    {func(c *Config) { c.Functions = []string{strings.Repeat("n", 128)} }, "Functions"},
		"DoubledFunction": {func(c *Config) { c.Functions = []string{"f", "f"} }, "Functions"},
		"BadQueueName":    {func(c *Config) { c.Queues = map[string]int{"No Such": 1} }, "queue name"},
		"NoSlots":         {func(c *Config) { c.Queues = map[string]int{"q": 0} }, "number of workers"},
		"ShortLease":      {func(c *Config) { c.Lease = time.Millisecond }, "Lease"},
		"LeaseOfTwoBeats": {func(c *Config) { c.Beat, c.Lease = time.Second, 2*time.Second }, "Lease"},
		"NegativeBeat":    {func(c *Config) { c.Beat = -1 }, "Beat"},
		"NegativePoison":  {func(c *Config) { c.Poison = -1 }, "Poison"},
		"NegativeStop":    {func(c *Config) { c.SoftStop = -1 }, "SoftStop"},
		"SlowPoll":        {func(c *Config) { c.FetchCooldown, c.FetchPollInterval = time.Second, time.Millisecond }, "FetchPollInterval"},
	} {
		t.Run("Refuses"+name, func(t *testing.T) {
			t.Parallel()

			config := valid()
			refused.change(&config)
			_, err := New(config)
			require.ErrorContains(t, err, refused.names)
		})
	}
}

func TestWorker_NotStarted(t *testing.T) {
	t.Parallel()

	pool, err := pgxpool.New(t.Context(), "postgres://nobody@127.0.0.1:1/nothing")
	require.NoError(t, err)
	t.Cleanup(pool.Close)

	w, err := New(Config{Pool: pool, Functions: []string{"f"}, Run: func(context.Context, string, Token) {}})
	require.NoError(t, err)

	t.Run("StopSaysSo", func(t *testing.T) {
		t.Parallel()
		require.ErrorIs(t, w.Stop(t.Context()), ErrNotStarted)
	})

	t.Run("StartFailsWithoutADatabase", func(t *testing.T) {
		t.Parallel()
		require.ErrorContains(t, w.Start(t.Context()), "connect")
	})
}

func TestNewID(t *testing.T) {
	t.Parallel()

	one, two := newID(), newID()
	require.NotEqual(t, one, two)
	require.LessOrEqual(t, len(one), 100)
}
