package bank

import "fmt"

// How a transfer fails. errors.Is finds these after they were stored, too, since each
// has an ErrorType.
var (
	// ErrNotEnough is what every *NotEnoughError is.
	ErrNotEnough error = &NotEnoughError{}

	// ErrReturned means that nobody took the money, and that it went back.
	ErrReturned error = returnedError{}
)

// NotEnoughError refuses to withdraw more than the Balance. errors.As finds it where it
// is made; who waits for a transfer finds ErrNotEnough, by errors.Is, in a
// *sdk.StepError that has its text.
type NotEnoughError struct{ Balance int64 }

func (e *NotEnoughError) Error() string { return fmt.Sprintf("there are only %d", e.Balance) }

// ErrorType names the error where it is stored.
func (e *NotEnoughError) ErrorType() string { return "bank.not_enough" }

// Is reports whether target is ErrNotEnough.
func (e *NotEnoughError) Is(target error) bool { return target == ErrNotEnough }

type returnedError struct{}

func (returnedError) Error() string     { return "the money went back" }
func (returnedError) ErrorType() string { return "bank.returned" }
