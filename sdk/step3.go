package sdk

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// Step3 declares a function of three arguments. It is otherwise like Step.
type Step3[A, B, C, R any] struct {
	Name     string
	Retry    Retry
	Timeout  time.Duration
	Queue    string
	Metadata map[string]any
}

func (s Step3[A, B, C, R]) declared() declaration { return declaration(s) }

// Call makes a step of values, which are encoded at once.
func (s Step3[A, B, C, R]) Call(a A, b B, c C) Ref[R] {
	return s.Bind(Val(a), Val(b), Val(c))
}

// Bind makes a step of what others will return. Val is for what is known now.
func (s Step3[A, B, C, R]) Bind(a Ref[A], b Ref[B], c Ref[C]) Ref[R] {
	return Ref[R]{node: s.declared().bind(a.node, b.node, c.node)}
}

// Do implements the step, like Step.Do.
func (s Step3[A, B, C, R]) Do(fn func(context.Context, A, B, C) (R, error)) Handler {
	return doHandler(s.Name, fn == nil, func(ctx context.Context, in *arguments) (any, error) {
		a, b, c := next[A](in), next[B](in), next[C](in)
		if err := in.end(); err != nil {
			return nil, err
		}
		return fn(ctx, a, b, c)
	})
}

// DoTx implements the step within a transaction, like Step.DoTx.
func (s Step3[A, B, C, R]) DoTx(fn func(context.Context, pgx.Tx, A, B, C) (R, error)) Handler {
	return doTxHandler(s.Name, fn == nil, func(ctx context.Context, tx pgx.Tx, in *arguments) (any, error) {
		a, b, c := next[A](in), next[B](in), next[C](in)
		if err := in.end(); err != nil {
			return nil, err
		}
		return fn(ctx, tx, a, b, c)
	})
}

// Continue implements the step by more graph, like Step.Continue.
func (s Step3[A, B, C, R]) Continue(fn func(context.Context, A, B, C) (Ref[R], error)) Handler {
	return continueHandler(s.Name, fn == nil, func(ctx context.Context, in *arguments) (*node, error) {
		a, b, c := next[A](in), next[B](in), next[C](in)
		if err := in.end(); err != nil {
			return nil, err
		}
		ref, err := fn(ctx, a, b, c)
		return ref.node, err
	})
}
