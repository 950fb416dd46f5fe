package actors

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
	"github.com/pgweir/weir/internal/testdb"
)

// counter is the state of the tests' actors.
type counter struct {
	N     int
	Calls []int
}

// counters is the type "Counter" in one process, and what its calls do there.
type counters struct {
	constructed atomic.Int64
	broken      atomic.Bool // the constructor fails
	entered     chan context.Context
	open        chan struct{}
	runs        atomic.Int64
}

func newCounters() *counters {
	return &counters{entered: make(chan context.Context, 1000), open: make(chan struct{})}
}

var errBroken = errors.New("broken")

// method is one whose argument is a number.
func method(do func(ctx context.Context, c *counter, n int) (int, error)) Method {
	return Method{Do: func(ctx context.Context, state any, args json.RawMessage) (json.RawMessage, error) {
		var n int
		if err := json.Unmarshal(args, &n); err != nil {
			return nil, engine.Permanent(err)
		}
		result, err := do(ctx, state.(*counter), n)
		if err != nil {
			return nil, err
		}
		return json.Marshal(result)
	}}
}

func (s *counters) typ() Type {
	return Type{
		Name: "Counter",
		Construct: func(ctx context.Context, args json.RawMessage) (any, error) {
			s.constructed.Add(1)
			if s.broken.Load() {
				return nil, errBroken
			}
			var c counter
			return &c, json.Unmarshal(args, &c.N)
		},
		Decode: func(state json.RawMessage) (any, error) {
			var c counter
			return &c, json.Unmarshal(state, &c)
		},
		Encode: func(state any) (json.RawMessage, error) { return json.Marshal(state) },
		Methods: map[string]Method{
			"add": method(func(_ context.Context, c *counter, n int) (int, error) {
				s.runs.Add(1)
				c.N += n
				return c.N, nil
			}),
			"log": method(func(_ context.Context, c *counter, n int) (int, error) {
				c.Calls = append(c.Calls, n)
				return n, nil
			}),
			"spoil": method(func(_ context.Context, c *counter, n int) (int, error) {
				s.runs.Add(1)
				c.N = -1
				return 0, errBroken
			}),
			"panic": method(func(_ context.Context, c *counter, n int) (int, error) {
				c.N = -1
				panic("oh no")
			}),
			"gate": method(func(ctx context.Context, c *counter, n int) (int, error) {
				s.runs.Add(1)
				c.N += n
				s.entered <- ctx
				select {
				case <-s.open:
					return c.N, nil
				case <-ctx.Done():
					return 0, context.Cause(ctx)
				}
			}),
		},
		Queries: map[string]Query{
			"get": func(_ context.Context, state, _ json.RawMessage) (json.RawMessage, error) {
				var c counter
				if err := json.Unmarshal(state, &c); err != nil {
					return nil, err
				}
				return json.Marshal(c.N)
			},
		},
	}
}

// process is a runtime, as in a process of its own.
type process struct {
	*Runtime
	*counters
	pool *pgxpool.Pool
}

func setup(t *testing.T) *process {
	t.Helper()
	return setupOn(t, testdb.New(t))
}

// setupOn adds a process to a database. When it has stopped, every invariant holds.
func setupOn(t *testing.T, pool *pgxpool.Pool) *process {
	t.Helper()
	s := newCounters()
	return s.start(t, Config{Engine: engine.Config{Pool: pool}, Types: []Type{s.typ()}})
}

func (s *counters) start(t *testing.T, config Config) *process {
	t.Helper()
	config.Engine.Logger = slog.New(slog.NewTextHandler(t.Output(), nil))
	r, err := New(config)
	require.NoError(t, err)
	require.NoError(t, r.Start(t.Context()))
	p := &process{r, s, config.Engine.Pool}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), promptly)
		defer cancel()
		require.NoError(t, r.Stop(ctx))
		violations, err := r.Check(ctx)
		require.NoError(t, err)
		require.Empty(t, violations)
	})
	return p
}

func (p *process) create(t *testing.T, id string) Actor {
	t.Helper()
	actor, err := p.CreateActor(t.Context(), CreateParams{Type: "Counter", ID: id, Args: json.RawMessage("0")})
	require.NoError(t, err)
	return actor
}

// params is a call of a method of the Counter "x".
func params(method string, n int) CallParams {
	return CallParams{Type: "Counter", ID: "x", Method: method, Args: json.RawMessage(fmt.Sprint(n))}
}

func (p *process) run(t *testing.T, method string, n int) (int, error) {
	t.Helper()
	return p.runWith(t, params(method, n))
}

func (p *process) runWith(t *testing.T, call CallParams) (result int, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), promptly)
	defer cancel()
	encoded, err := p.RunCall(ctx, call)
	if err != nil {
		return 0, err
	}
	return result, json.Unmarshal(encoded, &result)
}

func (p *process) mustRun(t *testing.T, method string, n, expected int) {
	t.Helper()
	result, err := p.run(t, method, n)
	require.NoError(t, err)
	require.Equal(t, expected, result)
}

func (p *process) get(t *testing.T) int {
	t.Helper()
	encoded, err := p.QueryActor(t.Context(), "Counter", "x", "get", json.RawMessage("null"))
	require.NoError(t, err)
	var n int
	require.NoError(t, json.Unmarshal(encoded, &n))
	return n
}
