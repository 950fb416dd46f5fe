package migrations

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// State compares a database with this binary.
type State struct {
	// Server is the server's version, as it says it.
	Server string
	// ReadOnly: a standby, or sessions that are read-only by default.
	ReadOnly bool
	// Version is the number of the last table file applied, 0 for none; Latest the last this binary knows.
	Version, Latest int
	// Dirty: a process was lost while it was reaching Version.
	Dirty bool
	// River is the version of River's tables, 0 for none; RiverPinned the one this binary needs.
	River, RiverPinned int
	// ObjectsCurrent: functions and views are those of this binary.
	ObjectsCurrent bool
}

// Status reads the state of a database and changes nothing. It needs no lock, so beside a running Up it
// may see any moment of it.
func Status(ctx context.Context, config *pgx.ConnConfig) (State, error) {
	return released.status(ctx, config)
}

func (b bundle) status(ctx context.Context, config *pgx.ConnConfig) (State, error) {
	var state State
	err := withSession(ctx, config, func(conn *pgx.Conn, server server) (err error) {
		state, err = b.state(ctx, conn, server)
		return err
	})
	return state, err
}

// Verify returns nil only if the database is exactly what this binary needs, and can be written.
// Otherwise it is ErrNotMigrated, ErrTooOld, a *NewerError, a *DirtyError, ErrReadOnly, or an error of
// reaching the server.
func Verify(ctx context.Context, config *pgx.ConnConfig) error {
	state, err := released.status(ctx, config)
	if err != nil {
		return err
	}
	return state.writable()
}

// VerifyConn is Verify on a session that is open already, such as a pool's. It changes nothing in it.
func VerifyConn(ctx context.Context, conn *pgx.Conn) error {
	server, err := inspectServer(ctx, conn)
	if err != nil {
		return err
	}
	state, err := released.state(ctx, conn, server)
	if err != nil {
		return err
	}
	return state.writable()
}

func (s State) writable() error {
	if s.ReadOnly {
		return ErrReadOnly
	}
	return s.verify()
}

func (s State) verify() error {
	if err := s.usable(); err != nil {
		return err
	}
	switch {
	case s.Version == 0 && s.River == 0:
		return ErrNotMigrated
	case s.Version < s.Latest:
		return fmt.Errorf("%w: tables have version %d, needed is %d", ErrTooOld, s.Version, s.Latest)
	case s.River < s.RiverPinned:
		return fmt.Errorf("%w: River's tables have version %d, needed is %d", ErrTooOld, s.River, s.RiverPinned)
	case !s.ObjectsCurrent:
		return fmt.Errorf("%w: functions and views differ", ErrTooOld)
	}
	return nil
}

// usable refuses what this binary may not touch.
func (s State) usable() error {
	switch {
	case s.Version > s.Latest:
		return &NewerError{Part: "weir", Have: s.Version, Know: s.Latest}
	case s.River > s.RiverPinned:
		return &NewerError{Part: "river", Have: s.River, Know: s.RiverPinned}
	case s.Dirty:
		return &DirtyError{Version: s.Version}
	}
	return nil
}

func (b bundle) state(ctx context.Context, conn *pgx.Conn, server server) (State, error) {
	latest, err := b.latest()
	if err != nil {
		return State{}, err
	}
	objects, err := b.objects()
	if err != nil {
		return State{}, err
	}
	state := State{Server: server.version, ReadOnly: server.readOnly, Latest: latest, RiverPinned: RiverVersion}
	var applied string
	for _, part := range []struct {
		sql  string
		into []any
	}{
		{tablesSQL, []any{&state.Version, &state.Dirty}},
		{riverSQL, []any{&state.River}},
		{objectsSQL, []any{&applied}},
	} {
		if err := scanIfThere(ctx, conn, part.sql, part.into...); err != nil {
			return State{}, fmt.Errorf("reading the schema's version: %w", err)
		}
	}
	state.ObjectsCurrent = applied == checksum(objects)
	return state, nil
}

// scanIfThere leaves its targets alone when the table or its row doesn't exist.
func scanIfThere(ctx context.Context, conn *pgx.Conn, sql string, into ...any) error {
	const undefinedTable = "42P01"
	err := conn.QueryRow(ctx, sql).Scan(into...)
	if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok && pgErr.Code == undefinedTable {
		return nil
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return err
}
