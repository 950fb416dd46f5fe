package sdk

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// Step declares a function of one argument that workflows are made of: its stored
// name, its types and its settings, but no code. So a program that only starts
// workflows needs nothing of what runs them.
type Step[A, R any] struct {
	// Name is what is stored and by what workers know the function: 1-127 bytes,
	// not starting with "weir.".
	Name string

	// Retry is for failed attempts.
	//
	// Defaults to 3 retries after 1 s, 2 s and 4 s, with jitter.
	Retry Retry

	// Timeout cancels the context of an attempt that takes longer. The attempt has
	// failed with ErrTimeout then, whatever the function returns, once it returns.
	//
	// Defaults to none.
	Timeout time.Duration

	// Queue is the queue whose workers run the step.
	//
	// Defaults to "default".
	Queue string

	// Metadata is stored with each step. It is encoded when a step is bound.
	Metadata map[string]any
}

func (s Step[A, R]) declared() declaration { return declaration(s) }

// Call makes a step of a value, which is encoded at once.
func (s Step[A, R]) Call(a A) Ref[R] {
	return s.Bind(Val(a))
}

// Bind makes a step of what another one will return.
func (s Step[A, R]) Bind(a Ref[A]) Ref[R] {
	return Ref[R]{node: s.declared().bind(a.node)}
}

// Do implements the step by a function that runs outside of any transaction. It
// may run more than once; its output is recorded once. It should end when its
// context is cancelled. The handler is refused by New if fn is nil.
func (s Step[A, R]) Do(fn func(context.Context, A) (R, error)) Handler {
	return doHandler(s.Name, fn == nil, func(ctx context.Context, in *arguments) (any, error) {
		a := next[A](in)
		if err := in.end(); err != nil {
			return nil, err
		}
		return fn(ctx, a)
	})
}

// DoTx implements the step by a function whose writes in tx are committed together
// with its output, or not at all. Committing and rolling back are not its own: tx
// refuses both. The output is recorded in the same session, so a role or a
// statement_timeout that the function has set locally must be reset by it.
func (s Step[A, R]) DoTx(fn func(context.Context, pgx.Tx, A) (R, error)) Handler {
	return doTxHandler(s.Name, fn == nil, func(ctx context.Context, tx pgx.Tx, in *arguments) (any, error) {
		a := next[A](in)
		if err := in.end(); err != nil {
			return nil, err
		}
		return fn(ctx, tx, a)
	})
}

// Continue implements the step by a function that returns more graph. The value of
// that is the step's output. What it returned is stored once, and then never made
// again.
func (s Step[A, R]) Continue(fn func(context.Context, A) (Ref[R], error)) Handler {
	return continueHandler(s.Name, fn == nil, func(ctx context.Context, in *arguments) (*node, error) {
		a := next[A](in)
		if err := in.end(); err != nil {
			return nil, err
		}
		ref, err := fn(ctx, a)
		return ref.node, err
	})
}
