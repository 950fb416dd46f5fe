package sdk

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// Step2 declares a function of two arguments. It is otherwise like Step.
type Step2[A, B, R any] struct {
	Name     string
	Retry    Retry
	Timeout  time.Duration
	Queue    string
	Metadata map[string]any
}

func (s Step2[A, B, R]) declared() declaration { return declaration(s) }

// Call makes a step of values, which are encoded at once.
func (s Step2[A, B, R]) Call(a A, b B) Ref[R] {
	return s.Bind(Val(a), Val(b))
}

// Bind makes a step of what others will return. Val is for what is known now.
func (s Step2[A, B, R]) Bind(a Ref[A], b Ref[B]) Ref[R] {
	return Ref[R]{node: s.declared().bind(a.node, b.node)}
}

// Do implements the step, like Step.Do.
func (s Step2[A, B, R]) Do(fn func(context.Context, A, B) (R, error)) Handler {
	return doHandler(s.Name, fn == nil, func(ctx context.Context, in *arguments) (any, error) {
		a, b := next[A](in), next[B](in)
		if err := in.end(); err != nil {
			return nil, err
		}
		return fn(ctx, a, b)
	})
}

// DoTx implements the step within a transaction, like Step.DoTx.
func (s Step2[A, B, R]) DoTx(fn func(context.Context, pgx.Tx, A, B) (R, error)) Handler {
	return doTxHandler(s.Name, fn == nil, func(ctx context.Context, tx pgx.Tx, in *arguments) (any, error) {
		a, b := next[A](in), next[B](in)
		if err := in.end(); err != nil {
			return nil, err
		}
		return fn(ctx, tx, a, b)
	})
}

// Continue implements the step by more graph, like Step.Continue.
func (s Step2[A, B, R]) Continue(fn func(context.Context, A, B) (Ref[R], error)) Handler {
	return continueHandler(s.Name, fn == nil, func(ctx context.Context, in *arguments) (*node, error) {
		a, b := next[A](in), next[B](in)
		if err := in.end(); err != nil {
			return nil, err
		}
		ref, err := fn(ctx, a, b)
		return ref.node, err
	})
}
