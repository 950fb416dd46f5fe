package engine

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgweir/weir/migrations"
)

// fromDatabase turns the SQLSTATEs that Weir's functions raise (class WF), and
// those of a database that isn't what it should be, into sentinels, and keeps
// the server's message. Other errors stay as they are.
func fromDatabase(err error) error {
	if connectErr, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return fmt.Errorf("%w: %w", migrations.ErrUnreachable, connectErr)
	}
	pgErr, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return err
	}
	sentinel, known := map[string]error{
		"WF001": ErrNotFound,
		"WF003": ErrFinished,
		"WF004": ErrActive,
		"WF005": ErrLost,
		"25006": migrations.ErrReadOnly,
		"3F000": migrations.ErrNotMigrated, // no such schema
		"42883": migrations.ErrTooOld,      // no such function
	}[pgErr.Code]
	if !known {
		return err
	}
	return fmt.Errorf("%w: %s", sentinel, pgErr.Message)
}

// isAborted reports whether the transaction was in a failed state: the body of a
// DoTx step has swallowed an error of one of its statements.
func isAborted(err error) bool {
	var pgErr *pgconn.PgError
	return errors.As(err, &pgErr) && pgErr.Code == "25P02"
}
