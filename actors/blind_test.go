package actors

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
	"github.com/pgweir/weir/internal/testdb"
)

// blind is an error that, when it is nil, can't say what it wraps.
type blind struct{ cause error }

func (e *blind) Error() string { return "blind" }
func (e *blind) Unwrap() error { return e.cause }

func TestErrorThatPanicsWhenItIsReadFailsTheCall(t *testing.T) {
	t.Parallel()
	s := newCounters()
	typ := s.typ()
	typ.Methods["blind"] = method(func(context.Context, *counter, int) (int, error) { return 0, (*blind)(nil) })
	typ.Methods["blind_tx"] = Method{DoTx: func(context.Context, pgx.Tx, any, json.RawMessage) (json.RawMessage, error) {
		return nil, (*blind)(nil)
	}}
	p := s.start(t, Config{Engine: engine.Config{Pool: testdb.New(t)}, Types: []Type{typ}})
	p.create(t, "x")
	for _, name := range []string{"blind", "blind_tx"} {
		_, err := p.run(t, name, 1)
		var failed *CallError
		require.ErrorAs(t, err, &failed)
		require.ErrorIs(t, err, engine.ErrPanic)
	}
	p.mustRun(t, "add", 1, 1)
}
