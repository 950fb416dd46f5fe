package engine

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgweir/weir/migrations"
)

// SQLSTATEs by which one item of a batch is refused.
const (
	codeBadInput = "WF006" // the field is where Postgres reports a column, and the message begins with it
	codeFull     = "WF010"
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
	if pgErr.Code == codeBadInput {
		return &InputError{Field: pgErr.ColumnName, Reason: strings.TrimPrefix(pgErr.Message, pgErr.ColumnName+": ")}
	}
	sentinel, known := map[string]error{
		"WF001":  ErrNotFound,
		"WF002":  ErrExists,
		"WF003":  ErrFinished,
		"WF004":  ErrActive,
		"WF005":  ErrLost,
		"WF008":  ErrStepNotFound,
		"WF009":  ErrEventConflict,
		codeFull: ErrFull,
		"25006":  migrations.ErrReadOnly,
		"3F000":  migrations.ErrNotMigrated, // no such schema
		"42883":  migrations.ErrTooOld,      // no such function
	}[pgErr.Code]
	if !known {
		return err
	}
	return &answered{sentinel: sentinel, answer: pgErr}
}

// answered is a sentinel with what the server said. It is still known as an answer.
type answered struct {
	sentinel error
	answer   *pgconn.PgError
}

func (e *answered) Error() string   { return e.sentinel.Error() + ": " + e.answer.Message }
func (e *answered) Unwrap() []error { return []error{e.sentinel, e.answer} }

// isRefused reports whether the server refused what it was given, for reasons
// that stay: it has carried out nothing, and would refuse it again.
func isRefused(err error) bool {
	if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok && (pgErr.Code == codeBadInput || pgErr.Code == codeFull) {
		return true
	}
	switch classOf(err) {
	case "22", "23", "54", // data, constraints, limits
		"0A", "25", "2B", "2D", "42", "P0": // what a step's own transaction has led to
		return true
	}
	return false
}

// isAnswer reports whether the server has refused a statement and lives on: it
// has carried out nothing. One that is ending may have.
func isAnswer(err error) bool {
	pgErr, ok := errors.AsType[*pgconn.PgError](err)
	return ok && pgErr.SeverityUnlocalized == "ERROR"
}

// parts reports whether the items of a batch must part: the server has carried
// out nothing, and another one of them may be the reason.
func parts(err error) bool {
	return isRefused(err) || isLocked(err) || classOf(err) == "40"
}

// isLocked reports whether a call gave up waiting for a lock.
func isLocked(err error) bool {
	pgErr, ok := errors.AsType[*pgconn.PgError](err)
	return ok && pgErr.Code == "55P03"
}

// classOf returns the class of an error's SQLSTATE, empty if it has none.
func classOf(err error) string {
	pgErr, ok := errors.AsType[*pgconn.PgError](err)
	if !ok || len(pgErr.Code) != 5 {
		return ""
	}
	return pgErr.Code[:2]
}
