package engine

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgweir/weir/migrations"
)

// codeBadInput: the field is where Postgres reports a column, and the message begins with it.
const codeBadInput = "WF006"

// FromDatabase turns the SQLSTATEs that Weir's functions raise (class WF), and
// those of a database that isn't what it should be, into sentinels, and keeps
// the server's message. Other errors stay as they are.
func FromDatabase(err error) error {
	if connectErr, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return fmt.Errorf("%w: %w", migrations.ErrUnreachable, connectErr)
	}
	pgErr, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return err
	}
	if pgErr.Code == codeBadInput {
		return &answered{&InputError{Field: pgErr.ColumnName, Reason: strings.TrimPrefix(pgErr.Message, pgErr.ColumnName+": ")}, pgErr}
	}
	sentinel, known := map[string]error{
		"WF001": ErrNotFound,
		"WF002": ErrExists,
		"WF003": ErrFinished,
		"WF004": ErrActive,
		"WF005": ErrLost,
		"WF008": ErrStepNotFound,
		"WF009": ErrEventConflict,
		"WF010": ErrFull,
		"WF011": ErrVersion,
		"WF012": ErrUnknownMethod,
		"25006": migrations.ErrReadOnly,
		"3F000": migrations.ErrNotMigrated, // no such schema
		"42883": migrations.ErrTooOld,      // no such function
	}[pgErr.Code]
	if !known {
		return err
	}
	return &answered{fmt.Errorf("%w: %s", sentinel, pgErr.Message), pgErr}
}

// answered is an error that was found in what the server said, and is still known as
// its answer: a refused batch parts by it.
type answered struct {
	error
	answer *pgconn.PgError
}

func (e *answered) Unwrap() []error { return []error{e.error, e.answer} }
