package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/internal/batch"
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

// evasive is an error whose methods panic, as those of a nil pointer may.
type evasive struct{}

func (evasive) Error() string { panic("no words") }
func (evasive) Unwrap() error { panic("no cause") }

func TestErrorThatPanicsIsAPanicAndNotPermanent(t *testing.T) {
	t.Parallel()
	require.False(t, IsPermanent(evasive{}))
	require.ErrorIs(t, NewStepError("s", evasive{}, 1), ErrPanic)
}

// A batch parts by it, so that neighbours of what is refused go on.
func TestRefusalIsStillTheServersAnswer(t *testing.T) {
	t.Parallel()
	bad := FromDatabase(&pgconn.PgError{Severity: "ERROR", SeverityUnlocalized: "ERROR", Code: "WF006", ColumnName: "args", Message: "args: too long"})
	var input *InputError
	require.ErrorAs(t, bad, &input)
	require.Equal(t, InputError{Field: "args", Reason: "too long"}, *input)
	require.ErrorIs(t, bad, ErrInput)
	require.EqualError(t, bad, "args: too long")
	require.Equal(t, "weir.input", TypeOf(bad))
	require.True(t, batch.IsRefused(bad))
	require.True(t, batch.IsAnswer(bad))

	full := FromDatabase(&pgconn.PgError{SeverityUnlocalized: "ERROR", Code: "WF010", Message: "no room"})
	require.ErrorIs(t, full, ErrFull)
	require.EqualError(t, full, ErrFull.Error()+": no room")
	require.True(t, batch.IsRefused(full))

	gone := FromDatabase(&pgconn.PgError{SeverityUnlocalized: "ERROR", Code: "WF001", Message: "w"})
	require.False(t, batch.IsRefused(gone), "others' fault, or nobody's")
}
