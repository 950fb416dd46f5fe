package batch

import (
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
)

// SQLSTATEs by which one item of a batch is refused.
const (
	codeBadInput = "WF006"
	codeFull     = "WF010"
)

// IsRefused reports whether the server refused what it was given, for reasons
// that stay: it has carried out nothing, and would refuse it again.
func IsRefused(err error) bool {
	if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok && (pgErr.Code == codeBadInput || pgErr.Code == codeFull) {
		return true
	}
	switch Class(err) {
	case "22", "23", "54", // data, constraints, limits
		"0A", "25", "2B", "2D", "42", "P0": // what a step's own transaction has led to
		return true
	}
	return false
}

// IsAnswer reports whether the server has refused a statement and lives on: it
// has carried out nothing. One that is ending may have.
func IsAnswer(err error) bool {
	pgErr, ok := errors.AsType[*pgconn.PgError](err)
	return ok && pgErr.SeverityUnlocalized == "ERROR"
}

// parts reports whether the items of a batch must part: the server has carried
// out nothing, and another one of them may be the reason.
func parts(err error) bool {
	return IsRefused(err) || IsLocked(err) || Class(err) == "40"
}

// IsLocked reports whether a call gave up waiting for a lock.
func IsLocked(err error) bool {
	pgErr, ok := errors.AsType[*pgconn.PgError](err)
	return ok && pgErr.Code == "55P03"
}

// Class returns the class of an error's SQLSTATE, empty if it has none.
func Class(err error) string {
	pgErr, ok := errors.AsType[*pgconn.PgError](err)
	if !ok || len(pgErr.Code) != 5 {
		return ""
	}
	return pgErr.Code[:2]
}
