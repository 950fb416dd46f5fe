package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
)

// execute is a body that makes an entry and runs a statement.
func execute(sql string) func(context.Context, pgx.Tx) error {
	return func(ctx context.Context, tx pgx.Tx) error {
		if err := enter(ctx, tx); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, sql)
		return err
	}
}

// requireAttempts makes sure that attempt after attempt was recorded as failed.
func (b *testBundle) requireAttempts(t *testing.T, id string, attempts int) {
	t.Helper()
	require.Equal(t, attempts, scalar[int](t, b, `
select count(*)::int
from weir.attempts
where workflow_id = $1
  and not lost
  and error_type <> ''`, id))
}

func TestWhatATxStepDoesToItsTransactionIsItsOwnFailure(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]func(context.Context, pgx.Tx) error{
		"another role":       execute(`set local role weir_reader`),
		"another schema":     execute(`set local role weir_client; set local search_path = nowhere`),
		"read only":          execute(`set transaction read only`),
		"an error let pass":  func(ctx context.Context, tx pgx.Tx) error { _ = execute(`select 1/0`)(ctx, tx); return nil },
		"rows are left open": func(ctx context.Context, tx pgx.Tx) error { _, err := tx.Query(ctx, `select 1`); return err },
		"a connection closed": func(ctx context.Context, tx pgx.Tx) error {
			short, cancel := context.WithTimeout(ctx, time.Millisecond)
			defer cancel()
			_, _ = tx.Exec(short, `select pg_sleep(60)`)
			return enter(context.WithoutCancel(ctx), tx)
		},
		"a connection closed unseen": func(ctx context.Context, tx pgx.Tx) error {
			short, cancel := context.WithTimeout(ctx, time.Millisecond)
			defer cancel()
			_, _ = tx.Exec(short, `select pg_sleep(60)`)
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setupOn(t, setupLedger(t), addFunction, doTx("misuse", body))
			outcome := b.run(t, "w", call("add", literal("1")), with(call("misuse", ref(0)), atOnce(2)), call("add", ref(1)))
			require.Equal(t, engine.StatusFailed, outcome.Status)
			require.Equal(t, 3, outcome.Error.Attempts)
			require.Equal(t, []string{"succeeded", "failed", "halted"}, b.states(t, "w"))
			b.requireAttempts(t, "w", 3)
			require.Zero(t, b.ledger(t))
		})
	}
}

// What a deferred trigger raises comes as the answer to the commit.
func TestTxStepWhoseCommitIsRefusedFails(t *testing.T) {
	t.Parallel()
	for _, state := range []string{"P0001", "23514", "40001", "42501", "55000", "57014", "SHOP1"} {
		t.Run(state, func(t *testing.T) {
			t.Parallel()
			b := setupOn(t, setupLedger(t), doTx("pay", enter))
			for _, sql := range []string{
				fmt.Sprintf(`
create function public.refuse() returns trigger language plpgsql as $$
begin
  raise exception 'the till is shut' using errcode = '%s';
end
$$`, state),
				`create constraint trigger refuse after insert on public.ledger deferrable initially deferred for each row execute function public.refuse()`,
			} {
				_, err := b.pool.Exec(t.Context(), sql)
				require.NoError(t, err)
			}
			outcome := b.run(t, "w", with(call("pay"), atOnce(2)))
			require.Equal(t, engine.StatusFailed, outcome.Status)
			require.Equal(t, 3, outcome.Error.Attempts)
			require.Contains(t, outcome.Error.Message, "the till is shut")
			b.requireAttempts(t, "w", 3)
			require.Zero(t, b.ledger(t))
		})
	}
}

func TestTxStepThatEndsItsTransactionBySQLFails(t *testing.T) {
	t.Parallel()
	for statement, entries := range map[string]int{"rollback": 0, "commit": 1} {
		t.Run(statement, func(t *testing.T) {
			t.Parallel()
			b := setupOn(t, setupLedger(t), doTx("pay", execute(statement)))
			outcome := b.run(t, "w", with(call("pay"), atOnce(2)))
			require.Equal(t, engine.StatusFailed, outcome.Status)
			require.Equal(t, 1, outcome.Error.Attempts) // it would do it again
			require.ErrorIs(t, outcome.Error, engine.ErrManagedTx)
			require.Contains(t, outcome.Error.Message, "the function has ended it")
			require.Equal(t, entries, b.ledger(t))
			b.requireAttempts(t, "w", 1)
		})
	}
}

// mute is an error that can't say what it is when it is nil.
type mute struct{ text string }

func (e *mute) Error() string { return e.text }

// blind is one that can't say what it wraps.
type blind struct{ cause error }

func (e *blind) Error() string { return "blind" }
func (e *blind) Unwrap() error { return e.cause }

func TestErrorThatPanicsWhenItIsReadIsAFailure(t *testing.T) {
	t.Parallel()
	b := setup(t,
		engine.Function{Name: "do", Do: func(context.Context, []json.RawMessage) (json.RawMessage, error) { return nil, (*mute)(nil) }},
		doTx("do_tx", func(context.Context, pgx.Tx) error { return (*mute)(nil) }),
		engine.Function{Name: "continue", Continue: func(context.Context, []json.RawMessage) (engine.Continuation, error) {
			return engine.Continuation{}, errors.Join(errors.New("first"), (*mute)(nil))
		}},
		engine.Function{Name: "blind", Do: func(context.Context, []json.RawMessage) (json.RawMessage, error) { return nil, (*blind)(nil) }},
		doTx("blind_tx", func(context.Context, pgx.Tx) error { return (*blind)(nil) }),
	)
	for _, function := range []string{"do", "do_tx", "continue", "blind", "blind_tx"} {
		outcome := b.run(t, function, with(call(function), atOnce(1)))
		require.ErrorIs(t, outcome.Error, engine.ErrPanic)
		require.Equal(t, 2, outcome.Error.Attempts)
		b.requireAttempts(t, function, 2)
	}
}
