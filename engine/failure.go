package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

const (
	failSQL = `select verdict, workflow_finished from weir_internal.fail($1, $2, $3, $4, $5, $6, $7, $8)`

	maxMessage = 64 << 10 // bytes of an error's message or stack that are kept
)

// recordFailure records a failed attempt. ended reports whether it ended the
// workflow. Which of retry and giving up it is, the database decides.
func (t *thread) recordFailure(ctx context.Context, b *body, failure error) (ended bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()

	encoded, _ := json.Marshal(NewStepError(b.step.name, failure, int(b.step.attempt))) // text and numbers
	var verdict string
	err = t.config.Pool.QueryRow(ctx, failSQL,
		t.crew.worker, b.step.workflow, b.step.no, b.step.epoch, b.step.attempt, time.Since(b.began).Seconds(),
		encoded, IsPermanent(failure),
	).Scan(&verdict, &ended)
	return ended, FromDatabase(err)
}

// NewStepError is how something failed for good, as it is stored.
func NewStepError(step string, failure error, attempts int) (e *StepError) {
	// The user's Error method may panic, as that of a nil pointer does.
	defer func() {
		if value := recover(); value != nil {
			e = NewStepError(step, fmt.Errorf("%w: error of type %T doesn't say what it is", ErrPanic, failure), attempts)
		}
	}()
	e = &StepError{Step: step, Type: storable(TypeOf(failure)), Message: storable(failure.Error()), Attempts: attempts}
	var panicked *panicError
	if errors.As(failure, &panicked) {
		e.Stack = storable(string(panicked.stack))
	}
	return e
}

// storable is text that jsonb takes: valid UTF-8 without NUL, of bounded size.
func storable(text string) string {
	text = strings.ToValidUTF8(text[:min(len(text), maxMessage)], "\uFFFD")
	return strings.ReplaceAll(text, "\x00", "\uFFFD")
}
