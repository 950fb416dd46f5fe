package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/stretchr/testify/require"
)

type noRooms struct{ Hotel string }

func (noRooms) Error() string     { return "no rooms" }
func (noRooms) ErrorType() string { return "hotel.no_rooms" }

// stored returns what is left of e in the database.
func stored(t *testing.T, e *StepError) *StepError {
	t.Helper()
	text, err := json.Marshal(e)
	require.NoError(t, err)
	read := new(StepError)
	require.NoError(t, json.Unmarshal(text, read))
	require.Equal(t, e, read)
	return read
}

func TestStepErrorSurvivesARoundTrip(t *testing.T) {
	t.Parallel()
	cause := fmt.Errorf("booking: %w", Permanent(noRooms{"Sea View"}))
	err := fmt.Errorf("workflow: %w", stored(t, &StepError{
		Step: "hotel", Type: TypeOf(cause), Message: cause.Error(), Attempts: 4, Stack: "main.go:1",
	}))

	var step *StepError
	require.ErrorAs(t, err, &step)
	require.Equal(t, "hotel", step.Step)
	require.EqualError(t, step, `step "hotel" failed after 4 attempts: booking: no rooms`)
	require.ErrorIs(t, err, noRooms{})
	require.ErrorIs(t, err, &StepError{Step: "hotel"})
	require.NotErrorIs(t, err, &StepError{Step: "flight"})
	require.NotErrorIs(t, err, ErrTimeout)
	require.NotErrorIs(t, err, errors.ErrUnsupported)
}

func TestStepErrorIsItsSentinel(t *testing.T) {
	t.Parallel()
	sentinels := []error{ErrNotFound, ErrExists, ErrActive, ErrFinished, ErrCanceled, ErrTimeout, ErrLost, ErrPanic, ErrDecode, ErrInput}
	for i, sentinel := range sentinels {
		err := stored(t, &StepError{Step: "s", Type: TypeOf(fmt.Errorf("x: %w", sentinel)), Message: sentinel.Error()})
		for j, other := range sentinels {
			require.Equal(t, i == j, errors.Is(err, other), "%v is %v", err, other)
		}
	}
	require.ErrorIs(t, &StepError{Type: TypeOf(&InputError{Field: "f", Reason: "r"})}, ErrInput)
}

func TestTypeOfIsTheGoTypeWithoutItsWrappers(t *testing.T) {
	t.Parallel()
	require.Equal(t, "fs.PathError", TypeOf(fmt.Errorf("a: %w", Permanent(&fs.PathError{Err: fs.ErrNotExist}))))
	require.Equal(t, "errors.errorString", TypeOf(errors.New("a")))
	require.Equal(t, "errors.joinError", TypeOf(errors.Join(errors.New("a"), errors.New("b"))))
}

func TestPermanentMarksWithoutHiding(t *testing.T) {
	t.Parallel()
	require.NoError(t, Permanent(nil))
	err := fmt.Errorf("a: %w", Permanent(fs.ErrExist))
	require.True(t, IsPermanent(err))
	require.ErrorIs(t, err, fs.ErrExist)
	require.False(t, IsPermanent(fs.ErrExist))
	require.False(t, IsPermanent(nil))
}
