package queue

import (
	"errors"
	"io/fs"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/puddle/v2"
)

// Causes of the context that Config.Run gets, for [context.Cause].
var (
	// ErrLost says that the worker may no longer own what it runs: its lease or
	// its lock is gone, or others have taken its work.
	ErrLost = errors.New("queue: worker lost")

	// ErrStopping says that the worker was told to stop and what runs did not
	// end within Config.SoftStop.
	ErrStopping = errors.New("queue: worker stopping")
)

// Returned by Start and Stop.
var (
	// ErrStarted is returned by Start of a worker that was started before,
	// whether it still runs or not.
	ErrStarted = errors.New("queue: worker was already started")

	// ErrNotStarted is returned by Stop of a worker that was never started.
	ErrNotStarted = errors.New("queue: worker was not started")
)

// Reasons for which a life ends, as logged.
var (
	errReported     = errors.New("a call was refused because the worker is lost")
	errWorkerGone   = errors.New("the worker row is gone")
	errLeaseExpired = errors.New("no beat succeeded within the lease")
	errLockLost     = errors.New("the session lock was lost and could not be taken again")
)

const (
	codeWorkerLost       = "WF005"
	codeCannotConnectNow = "57P03"
)

func isWorkerGone(err error) bool {
	return hasCode(err, codeWorkerLost)
}

func isPoolClosed(err error) bool {
	return errors.Is(err, puddle.ErrClosedPool)
}

// isServerDown says that the server itself turned the connection away, as
// opposed to a network that doesn't answer: nobody else can sweep either.
func isServerDown(err error) bool {
	return hasCode(err, codeCannotConnectNow) ||
		errors.Is(err, syscall.ECONNREFUSED) ||
		errors.Is(err, fs.ErrNotExist) // its unix socket
}

func hasCode(err error, code string) bool {
	var pgErr *pgconn.PgError
	return errors.As(err, &pgErr) && pgErr.Code == code
}
