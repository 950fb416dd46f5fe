package engine_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
	"github.com/pgweir/weir/internal/testdb"
)

// doTx is a DoTx function whose output is 1.
func doTx(name string, body func(ctx context.Context, tx pgx.Tx) error) engine.Function {
	return engine.Function{Name: name, DoTx: func(ctx context.Context, tx pgx.Tx, _ []json.RawMessage) (json.RawMessage, error) {
		return json.RawMessage("1"), body(ctx, tx)
	}}
}

// setupLedger is a database with a table that bodies write to.
func setupLedger(t *testing.T) *pgxpool.Pool {
	t.Helper()
	pool := testdb.New(t)
	_, err := pool.Exec(t.Context(), `create table public.ledger (step text not null)`)
	require.NoError(t, err)
	return pool
}

func enter(ctx context.Context, tx pgx.Tx) error {
	info, _ := engine.Info(ctx)
	_, err := tx.Exec(ctx, `insert into public.ledger (step) values ($1)`, info.Step)
	return err
}

func (b *testBundle) ledger(t *testing.T) int {
	t.Helper()
	return scalar[int](t, b, `select count(*)::int from public.ledger`)
}

func TestTxStepsWritesAreThereExactlyWithItsCheckpoint(t *testing.T) {
	t.Parallel()
	var runs atomic.Int64
	b := setupOn(t, setupLedger(t), addFunction, doTx("pay", func(ctx context.Context, tx pgx.Tx) error {
		if err := enter(ctx, tx); err != nil {
			return err
		}
		if runs.Add(1) < 3 {
			return errors.New("not yet") // takes the entry back
		}
		return nil
	}))
	requireOutput(t, "2", b.run(t, "w", call("add", literal("1")), with(call("pay", ref(0)), atOnce(3)), call("pay", ref(1)), call("add", ref(2), ref(1))))
	require.Equal(t, 2, b.ledger(t))
	require.Equal(t, int64(4), runs.Load())
}

func TestTxStepThatPanicsLeavesNothing(t *testing.T) {
	t.Parallel()
	b := setupOn(t, setupLedger(t), doTx("pay", func(ctx context.Context, tx pgx.Tx) error {
		_ = enter(ctx, tx)
		panic("boom")
	}))
	require.ErrorIs(t, b.run(t, "w", with(call("pay"), atOnce(1))).Error, engine.ErrPanic)
	require.Zero(t, b.ledger(t))
}

func TestTxStepCannotEndItsTransaction(t *testing.T) {
	t.Parallel()
	b := setupOn(t, setupLedger(t), doTx("pay", func(ctx context.Context, tx pgx.Tx) error {
		if err := enter(ctx, tx); err != nil {
			return err
		}
		if !errors.Is(tx.Commit(ctx), engine.ErrManagedTx) || !errors.Is(tx.Rollback(ctx), engine.ErrManagedTx) {
			return errors.New("the transaction let itself be ended")
		}
		inner, err := tx.Begin(ctx) // a savepoint is the body's own
		if err != nil {
			return err
		}
		return errors.Join(enter(ctx, inner), inner.Rollback(ctx))
	}))
	requireOutput(t, "1", b.run(t, "w", call("pay")))
	require.Equal(t, 1, b.ledger(t))
}

func TestTxStepThatSwallowsAnErrorOfTheServerFails(t *testing.T) {
	t.Parallel()
	b := setupOn(t, setupLedger(t), doTx("pay", func(ctx context.Context, tx pgx.Tx) error {
		_ = enter(ctx, tx)
		_, _ = tx.Exec(ctx, `select 1/0`)
		return nil
	}))
	require.Equal(t, engine.StatusFailed, b.run(t, "w", with(call("pay"), atOnce(1))).Status)
	require.Zero(t, b.ledger(t))
}

func TestTxStepThatBreaksADeferredConstraintFails(t *testing.T) {
	t.Parallel()
	b := setupOn(t, setupLedger(t), doTx("pay", func(ctx context.Context, tx pgx.Tx) error {
		return errors.Join(enter(ctx, tx), enter(ctx, tx))
	}))
	_, err := b.pool.Exec(t.Context(), `alter table public.ledger add constraint once unique (step) deferrable initially deferred`)
	require.NoError(t, err)
	outcome := b.run(t, "w", with(call("pay"), atOnce(1)))
	require.Equal(t, 2, outcome.Error.Attempts)
	require.Contains(t, outcome.Error.Message, "once")
	require.Zero(t, b.ledger(t))
}

func TestTxStepMayStartAndCancelWorkflowsOfItsOwnFate(t *testing.T) {
	t.Parallel()
	var b *testBundle
	var runs atomic.Int64
	b = setupOn(t, setupLedger(t), addFunction, doTx("spawn", func(ctx context.Context, tx pgx.Tx) error {
		_, err := b.StartWorkflowTx(ctx, tx, engine.StartParams{ID: "child", Graph: graph(chain(2)...)})
		if err == nil && runs.Add(1) == 1 {
			err = errors.New("the child is not to be there")
		}
		return errors.Join(err, b.CancelTx(ctx, tx, "victim", "why not"))
	}))
	b.start(t, "victim", call("nobody_knows"))
	requireOutput(t, "1", b.run(t, "w", with(call("spawn"), atOnce(1))))
	requireOutput(t, "1", b.wait(t, "child"))
	require.Equal(t, engine.StatusCanceled, b.wait(t, "victim").Status)
}

// severed is a network connection that breaks when what it waits for is sent:
// before it is, or after, so that only the answer is lost.
type severed struct {
	net.Conn
	on     string
	armed  *atomic.Bool
	before bool
}

func (c *severed) Write(p []byte) (int, error) {
	if !bytes.Contains(bytes.ToLower(p), []byte(c.on)) || !c.armed.CompareAndSwap(true, false) {
		return c.Conn.Write(p)
	}
	if !c.before {
		_, _ = c.Conn.Write(p)
		_, _ = c.Read(make([]byte, 1)) // the server has done it
	}
	_ = c.Close()
	return 0, net.ErrClosed
}

// breakingPool leads to where another one does, through connections that break.
func breakingPool(t *testing.T, pool *pgxpool.Pool, how severed) *pgxpool.Pool {
	t.Helper()
	config := pool.Config()
	dial := config.ConnConfig.DialFunc
	config.ConnConfig.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		return &severed{conn, how.on, how.armed, how.before}, err
	}
	breaking, err := pgxpool.NewWithConfig(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(breaking.Close)
	return breaking
}

func TestTxStepSurvivesACommitWithoutAnswer(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]bool{"that was lost": true, "that was done": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool := setupLedger(t)
			armed := new(atomic.Bool)
			breaking := breakingPool(t, pool, severed{on: "commit", armed: armed, before: before})

			var runs atomic.Int64
			b := setupOn(t, breaking, addFunction, doTx("pay", func(ctx context.Context, tx pgx.Tx) error {
				armed.Store(runs.Add(1) == 1)
				return enter(ctx, tx)
			}))
			requireOutput(t, "2", b.run(t, "w", call("add", literal("1")), call("pay", ref(0)), call("add", ref(1), literal("1"))))
			require.Equal(t, 1, b.ledger(t))
			require.Equal(t, map[bool]int64{true: 2, false: 1}[before], runs.Load())
			require.False(t, armed.Load())
			require.Zero(t, scalar[int](t, b, `select count(*)::int from weir.attempts`))
		})
	}
}
