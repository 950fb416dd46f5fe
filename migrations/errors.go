package migrations

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Errors while reaching the server.
var (
	// ErrUnreachable: no session could be opened. The cause is wrapped beside it.
	ErrUnreachable = errors.New("database is unreachable")
	// ErrServerTooOld: the server is older than Postgres 14.
	ErrServerTooOld = errors.New("PostgreSQL 14 or later is needed")
	// ErrReadOnly: the server is a standby, or its sessions are read-only by default.
	ErrReadOnly = errors.New("database is read-only")
)

// Errors while comparing a database with this binary.
var (
	// ErrNotMigrated: nothing of Weir is there. Up creates it.
	ErrNotMigrated = errors.New("database has no weir schema")
	// ErrTooOld: something of the schema is older than this binary needs. Up brings it forward.
	ErrTooOld = errors.New("database schema is older than this binary needs")
)

// NewerError says that a newer binary has migrated the database. Nothing was changed.
// Use a binary that knows the version Have; there is no way back but Down.
type NewerError struct {
	// Part is "weir" or "river".
	Part string
	// Have is the database's version, Know the latest that this binary knows.
	Have, Know int
}

func (e *NewerError) Error() string {
	return fmt.Sprintf("database has %s schema version %d, this binary knows up to %d: use a newer binary", e.Part, e.Have, e.Know)
}

// DirtyError says that a process was lost while it ran a table file. Nothing was changed since.
//
// Each file commits together with its mark, so a file whose mark is missing was rolled back whole: the
// schema is what it was before that file, and the error's text has the statement that records this.
type DirtyError struct {
	// Version is the one that was being reached.
	Version int
}

func (e *DirtyError) Error() string {
	return fmt.Sprintf("schema version %d was interrupted and rolled back; nothing of it is in the database."+
		" Make sure that no migration still runs, then, if it was on the way up, run: %s"+
		" If it was on the way down, run: %s Then migrate again",
		e.Version, setVersion(e.Version-1), setVersion(e.Version+1))
}

func setVersion(version int) string {
	if version <= 0 {
		return "delete from weir_internal.schema_migrations;"
	}
	return fmt.Sprintf("update weir_internal.schema_migrations set version = %d, dirty = false;", version)
}

// ForeignError says that objects which are not Weir's stand in the way of dropping Weir's. They are never
// dropped; remove them, or move them to another schema, and repeat the call.
type ForeignError struct {
	// Objects are named as Postgres does, one each.
	Objects []string
}

func (e *ForeignError) Error() string {
	return "objects that are not weir's depend on it: " + strings.Join(e.Objects, "; ")
}

// foreign turns Postgres's refusal to drop what others depend on into a ForeignError.
func foreign(err error) error {
	pgErr, ok := errors.AsType[*pgconn.PgError](err)
	if !ok || pgErr.Code != "2BP01" {
		return err
	}
	return &ForeignError{Objects: strings.Split(pgErr.Detail, "\n")}
}
