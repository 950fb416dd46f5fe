package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
)

// elsewhere is the same engine beside connections that it doesn't use.
func (b *testBundle) elsewhere(t *testing.T) *testBundle {
	t.Helper()
	pool, err := pgxpool.NewWithConfig(t.Context(), b.pool.Config())
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return &testBundle{b.Engine, pool}
}

// listed is what the lists say of a workflow.
type listed struct {
	Status   string
	Reason   string   // why it was cancelled
	Failed   string   // the step that failed it
	Steps    []string // their states
	Outputs  []string // of the steps that have one
	Attempts []string // those that failed
}

const listedSQL = `
select
  w.status,
  coalesce(w.cancel_reason, ''),
  coalesce(w.failed_step, ''),
  array(select s.state from weir.steps as s where s.workflow_id = $1 order by s.no),
  nullif(array(select s.output::text from weir.steps as s where s.workflow_id = $1 and s.output is not null order by s.no), '{}'),
  nullif(array(select a.message from weir.attempts as a where a.workflow_id = $1 order by a.attempt), '{}')
from weir.workflows as w
where w.workflow_id = $1`

func (b *testBundle) lists(t *testing.T, id string) listed {
	t.Helper()
	rows, _ := b.pool.Query(t.Context(), listedSQL, id)
	found, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[listed])
	require.NoError(t, err)
	require.Equal(t, found.Status, scalar[string](t, b, `select weir.status($1)`, id))
	return found
}

func (b *testBundle) requireUnlisted(t *testing.T, id string) {
	t.Helper()
	for _, list := range []string{"workflows", "steps", "attempts"} {
		require.Zero(t, scalar[int](t, b, `select count(*)::int from weir.`+list+` where workflow_id = $1`, id), list)
	}
	_, err := b.pool.Exec(t.Context(), `select weir.status($1)`, id)
	require.ErrorContains(t, err, "WF001")
}

// workers are the versions of all workers, and whether each is alive and draining.
func (b *testBundle) workers(t *testing.T) []string {
	t.Helper()
	return scalar[[]string](t, b, `select array(select format('%s %s %s', version, alive, draining) from weir.workers)`)
}

// slowCommitSQL makes the commit of who has paid take long: time to be told too early.
const slowCommitSQL = `
create table public.paid (at timestamptz not null default now());
create function public.dawdle() returns trigger language plpgsql as $$
begin
  perform pg_sleep(0.3);
  return null;
end
$$;
create constraint trigger dawdle after insert on public.paid deferrable initially deferred
for each row execute function public.dawdle()`

func TestEveryListIsReadYourWrites(t *testing.T) {
	t.Parallel()

	t.Run("calls", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		read := b.elsewhere(t)
		for range 2 {
			read.requireUnlisted(t, "w")
			b.start(t, "w", sleep(3600), call("nobody_knows"), call("nobody_knows", ref(0), ref(1)))
			going := listed{Status: "RUNNING", Steps: []string{"scheduled", "ready", "waiting"}}
			require.Equal(t, going, read.lists(t, "w"))

			require.NoError(t, b.Cancel(t.Context(), "w", "enough"))
			require.Equal(t, listed{Status: "CANCELED", Reason: "enough", Steps: []string{"halted", "halted", "halted"}}, read.lists(t, "w"))

			status, err := b.Resume(t.Context(), "w")
			require.NoError(t, err)
			require.Equal(t, engine.StatusRunning, status)
			require.Equal(t, going, read.lists(t, "w"))

			require.NoError(t, b.Cancel(t.Context(), "w", ""))
			require.NoError(t, b.Delete(t.Context(), "w"))
			read.requireUnlisted(t, "w")
		}
	})

	// The last step is what a Wait is told of in memory.
	for name, last := range map[string]string{"a checkpoint": "add", "a transaction": "pay", "a continuation": "countdown"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGate("gate", false)
			b := setup(t, g.Function, addFunction, countdown, doTx("pay", func(ctx context.Context, tx pgx.Tx) error {
				_, err := tx.Exec(ctx, `insert into public.paid default values`)
				return err
			}))
			_, err := b.pool.Exec(t.Context(), slowCommitSQL)
			require.NoError(t, err)
			read := b.elsewhere(t)
			started := b.start(t, "w", call("add", literal("7")), call("gate", ref(0)), call(last, ref(1)))

			g.enter(t)
			held := read.lists(t, "w")
			require.Equal(t, "RUNNING", held.Status)
			require.Equal(t, "succeeded", held.Steps[0])
			require.Equal(t, []string{"7"}, held.Outputs)

			g.open()
			outcome, err := b.WaitStarted(t.Context(), started)
			require.NoError(t, err)
			ended := read.lists(t, "w")
			require.Equal(t, "SUCCESSFUL", ended.Status)
			for _, state := range ended.Steps {
				require.Equal(t, "succeeded", state)
			}
			require.Equal(t, []string{"7", "1", string(outcome.Output)}, ended.Outputs[:3])
		})
	}

	t.Run("failures", func(t *testing.T) {
		t.Parallel()
		second := newGate("second", false)
		b := setup(t, addFunction, do("broken", func(ctx context.Context, _ []json.RawMessage) (any, error) {
			info, _ := engine.Info(ctx)
			if info.Attempt == 2 {
				_, _ = second.Do(ctx, nil)
			}
			return nil, fmt.Errorf("attempt %d", info.Attempt)
		}))
		read := b.elsewhere(t)
		started := b.start(t, "w", with(call("broken"), atOnce(1)), call("add", ref(0)))

		second.enter(t)
		require.Equal(t, listed{Status: "RUNNING", Steps: []string{"running", "waiting"}, Attempts: []string{"attempt 1"}}, read.lists(t, "w"))

		second.open()
		_, err := b.WaitStarted(t.Context(), started)
		require.NoError(t, err)
		require.Equal(t, listed{
			Status: "FAILED", Failed: "broken", Steps: []string{"failed", "halted"}, Attempts: []string{"attempt 1", "attempt 2"},
		}, read.lists(t, "w"))
	})

	t.Run("workers", func(t *testing.T) {
		t.Parallel()
		g := newGate("gate", true)
		starter := setup(t)
		read := starter.elsewhere(t)
		starter.start(t, "w", call("gate"))
		abandoned := listed{Status: "RESUMABLE", Steps: []string{"ready"}}
		for _, version := range []string{"v1", "v2"} {
			require.Empty(t, read.workers(t))
			require.Equal(t, abandoned, read.lists(t, "w"))

			worker := setupWith(t, engine.Config{
				Pool: starter.pool, Functions: []engine.Function{g.Function}, Version: version, SoftStop: time.Millisecond,
			})
			require.Equal(t, []string{version + " t f"}, read.workers(t))
			require.Equal(t, "RUNNING", read.lists(t, "w").Status)

			g.enter(t)
			require.Equal(t, listed{Status: "RUNNING", Steps: []string{"running"}}, read.lists(t, "w"))
			require.NoError(t, worker.Stop(t.Context()))
		}
		require.Empty(t, read.workers(t))
		require.Equal(t, abandoned, read.lists(t, "w"))
	})
}
