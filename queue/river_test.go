package queue

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/stretchr/testify/require"
)

// What our SQL takes for granted about River. An upgrade that changes any of it
// fails here first; then read River's changelog before changing an expectation.

func TestRiverContract_Schema(t *testing.T) {
	t.Parallel()

	b := setup(t)
	list := func(sql string) []string {
		rows, err := b.pool.Query(t.Context(), sql)
		require.NoError(t, err)
		values, err := pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err)
		return values
	}

	require.Equal(t, []string{
		"args jsonb not null",
		"attempt smallint not null default 0",
		"attempted_at timestamp with time zone",
		"attempted_by text[]",
		"created_at timestamp with time zone not null default now()",
		"errors jsonb[]",
		"finalized_at timestamp with time zone",
		"id bigint not null default nextval('weir_internal.river_job_id_seq'::regclass)",
		"kind text not null",
		"max_attempts smallint not null default 25",
		"metadata jsonb not null default '{}'::jsonb",
		"priority smallint not null default 1",
		"queue text not null default 'default'::text",
		"scheduled_at timestamp with time zone not null default now()",
		"state weir_internal.river_job_state not null default 'available'::weir_internal.river_job_state",
		"tags character varying(255)[] not null default '{}'::character varying[]",
		"unique_key bytea",
		"unique_states bit(8)",
	}, list(`
select concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), case when a.attnotnull then 'not null' end,
  'default ' || pg_get_expr(d.adbin, d.adrelid))
from pg_attribute as a
left join pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
where a.attrelid = 'weir_internal.river_job'::regclass
  and a.attnum > 0
  and not a.attisdropped
order by a.attname::text collate "C"`))

	require.Equal(t, []string{
		"available", "cancelled", "completed", "discarded", "pending", "retryable", "running", "scheduled",
	}, list("select unnest(enum_range(null::weir_internal.river_job_state))::text order by 1"))

	require.Equal(t, []string{
		"river_job_args_index",
		"river_job_kind",
		"river_job_metadata_index",
		"river_job_pkey",
		"river_job_prioritized_fetching_index",
		"river_job_state_and_finalized_at_index",
		"river_job_unique_idx",
	}, list(`
select indexname::text
from pg_indexes
where schemaname = 'weir_internal'
  and tablename = 'river_job'
order by indexname::text collate "C"`))

	require.Empty(t, list("select tgname::text from pg_trigger where tgrelid = 'weir_internal.river_job'::regclass and not tgisinternal"))
}

// riverOnly starts a River client without a worker around it: work decides when
// a token's row is completed.
func (b *testBundle) riverOnly(t *testing.T, id string, change func(*Config), work func(Token)) *riverClient {
	t.Helper()

	config := b.config(t, newTestRunner(b.pool))
	config.Queues = map[string]int{queueDefault: 1}
	if change != nil {
		change(&config)
	}
	client, err := newRiverClient(config.WithDefaults(), id, work)
	require.NoError(t, err)

	require.NoError(t, client.Start(context.WithoutCancel(t.Context())))
	t.Cleanup(func() { require.NoError(t, client.Stop(context.WithoutCancel(t.Context()))) })

	return client
}

// Also the contract of the topic: without its wake-up the token waits for the poll.
func TestRiverContract_InsertWakes(t *testing.T) {
	t.Parallel()

	b := setup(t)
	tokens := make(chan Token, 10)
	b.riverOnly(t, "woken", func(c *Config) { c.FetchPollInterval = time.Hour }, func(token Token) { tokens <- token })

	key := b.startSteps(t, 1)
	token := receive(t, tokens)
	require.Equal(t, Token{Job: b.jobs(t, key, 0)[0].ID, Workflow: key, Step: 0}, token)

	began := time.Now()
	key = b.startSteps(t, 1)
	require.Equal(t, key, receive(t, tokens).Workflow)
	require.Less(t, time.Since(began), time.Second)
}

// A withheld job is fetched by nobody, until it is released, which wakes.
func TestRiverContract_WithheldIsNotFetched(t *testing.T) {
	t.Parallel()

	b := setup(t)
	key := b.startSteps(t, 2)
	withheld := b.jobs(t, key, 0)[0].ID
	_, err := b.pool.Exec(t.Context(), `update weir_internal.river_job set state = 'pending' where id = $1`, withheld)
	require.NoError(t, err)
	require.Equal(t, "true", b.one(t, "select weir_internal.river_withheld()::text"))
	require.Equal(t, "true", b.one(t, "select weir_internal.river_is_withheld($1)::text", withheld))

	tokens := make(chan Token, 10)
	b.riverOnly(t, "waits", func(c *Config) { c.FetchPollInterval = time.Hour }, func(token Token) { tokens <- token })
	require.EqualValues(t, 1, receive(t, tokens).Step)

	require.Equal(t, "1", b.one(t, "select count(*)::text from weir_internal.river_release(array[$1::bigint])", withheld))
	require.Equal(t, withheld, receive(t, tokens).Job)
}

func TestRiverContract_FetchNamesTheOwner(t *testing.T) {
	t.Parallel()

	b := setup(t)
	tokens, leave := make(chan Token), make(chan struct{})
	b.riverOnly(t, "owner", nil, func(token Token) { tokens <- token; <-leave })
	t.Cleanup(func() { close(leave) })

	b.startSteps(t, 1)
	token := receive(t, tokens)
	require.Equal(t, "owner", b.one(t, "select weir_internal.river_owner($1)", token.Job))
	require.Equal(t, "1", b.one(t, "select count(*)::text from weir_internal.river_held('owner')"))
}

// A zombie's completion finds its row retired, and never sees the fresh job.
func TestRiverContract_RetireStopsZombies(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fleet(t, "zombie")
	tokens, leave := make(chan Token), make(chan struct{})
	client := b.riverOnly(t, "zombie", nil, func(token Token) { tokens <- token; <-leave })
	events, unsubscribe := client.Subscribe(river.EventKindJobCompleted, river.EventKindJobCancelled)
	t.Cleanup(unsubscribe)

	key := b.startSteps(t, 1)
	token := receive(t, tokens)
	require.Equal(t, "true", b.one(t, "select weir_internal.worker_retire('zombie', true)::text"))
	retired := b.jobs(t, key, 0)
	require.Equal(t, "cancelled", retired[0].State)
	require.Contains(t, retired[0].Metadata, "retired")
	require.Equal(t, "available", retired[1].State)

	leave <- struct{}{} // Work of the zombie returns
	event := receive(t, events)
	require.Equal(t, token.Job, event.Job.ID)
	require.Equal(t, retired[1].ID, receive(t, tokens).Job)

	jobs := b.jobs(t, key, 0)
	require.Equal(t, retired[0], jobs[0], "the completion changed nothing")
	require.Equal(t, jobRow{ID: retired[1].ID, State: "running", Attempt: 1, Metadata: "{}"}, jobs[1])
	close(leave)
}

func TestRiverContract_CancelledTokensAreNotFetched(t *testing.T) {
	t.Parallel()

	b := setup(t)
	cancelled := b.startSteps(t, 1)
	b.one(t, "select weir.cancel(workflow_id)::text from weir_internal.workflow where id = $1", cancelled)
	live := b.startSteps(t, 1)

	tokens := make(chan Token, 10)
	b.riverOnly(t, "fetcher", nil, func(token Token) { tokens <- token })
	require.Equal(t, live, receive(t, tokens).Workflow)
	jobs := b.jobs(t, cancelled, 0)
	require.Equal(t, "cancelled", jobs[0].State)
	require.True(t, jobs[0].Final)
	require.Zero(t, jobs[0].Attempt)
}

// River's cancel is for River's jobs: it neither cancels the step's context nor
// keeps its row from being completed.
func TestRiverContract_RemoteCancelIsIgnored(t *testing.T) {
	t.Parallel()

	b := setup(t)
	tokens, leave := make(chan Token), make(chan struct{})
	client := b.riverOnly(t, "deaf", nil, func(token Token) { tokens <- token; <-leave })
	events, unsubscribe := client.Subscribe(river.EventKindJobCompleted, river.EventKindJobCancelled)
	t.Cleanup(unsubscribe)

	b.startSteps(t, 1)
	token := receive(t, tokens)
	_, err := client.JobCancel(t.Context(), token.Job)
	require.NoError(t, err)
	close(leave)
	require.Equal(t, river.EventKindJobCompleted, receive(t, events).Kind)
}

// The rescuer asks for running rows that are old enough, and then spares those
// whose worker has no timeout. Ours are spared twice.
func TestRiverContract_RescuerFindsNothing(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.startSteps(t, 1)
	b.fetch(t, "old")
	_, err := b.pool.Exec(t.Context(), "update weir_internal.river_job set attempted_at = now() - interval '50 years'")
	require.NoError(t, err)

	stuck := func(after time.Duration) int {
		jobs, err := riverpgxv5.New(b.pool).GetExecutor().JobGetStuck(t.Context(), &riverdriver.JobGetStuckParams{
			Max: 10, Schema: riverSchema, StuckHorizon: time.Now().Add(-after),
		})
		require.NoError(t, err)
		return len(jobs)
	}
	require.Equal(t, 1, stuck(time.Hour))
	require.Zero(t, stuck(riverRescueNever))
	require.EqualValues(t, -1, (&tokenWorker{}).Timeout(nil))
}

func TestRiverContract_OnlyKnownFunctionsAreFetched(t *testing.T) {
	t.Parallel()

	b := setup(t)
	odd := strings.Repeat("größer als ", 10)
	unknown := startSteps(t, b.pool, "unknown", 1)
	known := startSteps(t, b.pool, odd, 1)

	tokens := make(chan Token, 10)
	b.riverOnly(t, "choosy", func(c *Config) { c.Functions = []string{odd} }, func(token Token) { tokens <- token })
	require.Equal(t, known, receive(t, tokens).Workflow)
	jobs := b.jobs(t, unknown, 0)
	require.Equal(t, "available", jobs[0].State)
	require.Zero(t, jobs[0].Attempt)
}
