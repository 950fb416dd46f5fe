package engine

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
)

// fromDatabase turns the SQLSTATEs that Weir's functions raise (class WF) into
// the errors of this package and keeps their message. Others stay as they are.
func fromDatabase(err error) error {
	var pgErr *pgconn.PgError
	if !errors.As(err, &pgErr) {
		return err
	}
	sentinel, ours := map[string]error{
		"WF001": ErrNotFound,
		"WF002": ErrExists,
		"WF003": ErrFinished,
		"WF004": ErrActive,
		"WF005": ErrLost,
		"WF006": ErrInput,
	}[pgErr.Code]
	if !ours {
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
