package main

import (
	"context"
	"errors"

	"github.com/pgweir/weir/cmd/wfadmin/internal/demo"
	"github.com/pgweir/weir/internal/devdb"
	"github.com/pgweir/weir/migrations"
)

// The exit codes, which the help of the root command documents.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitServer      = 3
	exitSchema      = 4
	exitInterrupted = 130
)

// usageError is a command line that can't be carried out as it is.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func exitCode(err error) int {
	switch {
	case err == nil:
		return exitOK
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
	}
	return exitFailed
}

// hint says what to do about err, where err doesn't say it itself.
func hint(err error) string {
	switch {
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
	case errors.Is(err, devdb.ErrNoServer):
		return "Install PostgreSQL 14 or later, or name a server with --database-url."
	}
	return ""
}

func is[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}
