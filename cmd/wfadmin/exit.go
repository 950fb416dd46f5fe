package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgweir/weir/cmd/wfadmin/internal/demo"
	"github.com/pgweir/weir/internal/devdb"
	"github.com/pgweir/weir/migrations"
	"github.com/pgweir/weir/sdk"
)

// The exit codes, which the help of the root command documents.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitServer      = 3
	exitSchema      = 4
	exitNotFound    = 5
	exitState       = 6
	exitStepFailed  = 7
	exitCanceled    = 8
	exitInterrupted = 130
)

// usageError is a command line that can't be carried out as it is.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

// unfinishedError says that there is no outcome yet.
type unfinishedError struct {
	id     string
	status sdk.Status
}

func (e *unfinishedError) Error() string {
	return fmt.Sprintf("there is no output: workflow %q is %s", e.id, e.status)
}

func exitCode(err error) int {
	switch {
	case err == nil:
		return exitOK
	case is[*sdk.StepError](err): // first: to errors.Is it is any error of its type
		return exitStepFailed
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case is[*usageError](err), is[*demo.TreeError](err):
		return exitUsage
	case errors.Is(err, migrations.ErrUnreachable),
		errors.Is(err, migrations.ErrReadOnly),
		errors.Is(err, migrations.ErrServerTooOld):
		return exitServer
	case errors.Is(err, migrations.ErrNotMigrated),
		errors.Is(err, migrations.ErrTooOld),
		is[*migrations.NewerError](err),
		is[*migrations.DirtyError](err),
		is[*migrations.ForeignError](err):
		return exitSchema
	case errors.Is(err, sdk.ErrNotFound), errors.Is(err, sdk.ErrStepNotFound), errors.Is(err, sdk.ErrUnknownMethod):
		return exitNotFound
	case errors.Is(err, sdk.ErrFinished),
		errors.Is(err, sdk.ErrActive),
		errors.Is(err, sdk.ErrExists),
		errors.Is(err, sdk.ErrEventConflict),
		errors.Is(err, sdk.ErrFull),
		errors.Is(err, sdk.ErrVersion),
		is[*unfinishedError](err):
		return exitState
	case errors.Is(err, sdk.ErrCanceled):
		return exitCanceled
	}
	return exitFailed
}

// hint says what to do about err, where err doesn't say it itself.
func hint(err error) string {
	switch {
	case is[*sdk.StepError](err):
		return "The step's attempts are in the view weir.attempts. To go on where it failed: wfadmin resume"
	case is[*usageError](err):
		return `Try "wfadmin help".`
	case is[*demo.TreeError](err):
		return "Name another folder with --dir."
	case errors.Is(err, migrations.ErrUnreachable):
		return "Is the server up, and does --database-url, WEIR_DATABASE_URL or PGHOST name it? For one to try Weir on: wfadmin dev"
	case errors.Is(err, migrations.ErrReadOnly):
		return "Weir writes: name the primary server, as a user whose sessions may write (default_transaction_read_only = off)."
	case errors.Is(err, migrations.ErrServerTooOld):
		return "Upgrade the server, or name another one. For one to try Weir on: wfadmin dev"
	case errors.Is(err, migrations.ErrNotMigrated), errors.Is(err, migrations.ErrTooOld):
		return "Run: wfadmin migrate up"
	case is[*migrations.ForeignError](err):
		return "Drop them, or move what they name elsewhere, and run the command again."
	case errors.Is(err, sdk.ErrFinished):
		return "To set a failed or cancelled one going again: wfadmin resume"
	case errors.Is(err, sdk.ErrActive):
		return "Cancel it first: wfadmin cancel"
	case is[*unfinishedError](err):
		return "To wait for it: --wait. To see what it waits for: wfadmin why"
	case errors.Is(err, sdk.ErrCanceled):
		return "To set it going again: wfadmin resume"
	case isDenied(err):
		return "Looking takes the role weir_reader, steering weir_client, and deleting and limits weir_operator."
	case errors.Is(err, devdb.ErrNoServer):
		return "Install PostgreSQL 14 or later, or name a server with --database-url."
	}
	return ""
}

// isDenied reports whether the database's user lacks a right.
func isDenied(err error) bool {
	pgErr, ok := errors.AsType[*pgconn.PgError](err)
	return ok && pgErr.Code == "42501"
}

func is[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}
