package migrations

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
)

const (
	oldestServer = 14
	closeTimeout = 5 * time.Second
)

// server is what one session found out about the server behind it.
type server struct {
	version  string
	number   int
	readOnly bool
}

// direct returns a copy of config whose sessions end a statement in the server when its context ends: a
// cancelled wait for a lock must not get that lock later.
func direct(config *pgx.ConnConfig) *pgx.ConnConfig {
	config = config.Copy()
	config.BuildContextWatcherHandler = func(conn *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: conn, DeadlineDelay: closeTimeout}
	}
	return config
}

// withSession runs do on a session of its own. When ctx has ended, the error says so.
func withSession(ctx context.Context, config *pgx.ConnConfig, do func(*pgx.Conn, server) error) error {
	conn, found, err := connect(ctx, config)
	if err != nil {
		return err
	}
	defer disconnect(ctx, conn)
	err = do(conn, found)
	if err != nil && ctx.Err() != nil { // the server says only that it was asked to stop
		return fmt.Errorf("%w: %w", context.Cause(ctx), err)
	}
	return err
}

func connect(ctx context.Context, config *pgx.ConnConfig) (*pgx.Conn, server, error) {
	conn, err := pgx.ConnectConfig(ctx, direct(config))
	if err != nil {
		return nil, server{}, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	found, err := inspectServer(ctx, conn)
	if err == nil {
		err = prepare(ctx, conn)
	}
	if err != nil {
		disconnect(ctx, conn)
		return nil, server{}, err
	}
	return conn, found, nil
}

func disconnect(ctx context.Context, conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	_ = conn.Close(ctx) // the session ends either way
}

func inspectServer(ctx context.Context, conn *pgx.Conn) (server, error) {
	var found server
	err := conn.QueryRow(ctx, serverSQL).Scan(&found.version, &found.number, &found.readOnly)
	if err != nil {
		return server{}, fmt.Errorf("asking for the server's version: %w", err)
	}
	return found, found.supported()
}

func (s server) supported() error {
	if s.number/10_000 < oldestServer {
		return fmt.Errorf("%w: the server is %s", ErrServerTooOld, s.version)
	}
	return nil
}

// prepare makes a session independent of what the role or the database sets: time limits that would break
// a wait for the lock or close it while it is held, and a search path that could hide an unqualified name.
func prepare(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, `
		set lock_timeout = 0;
		set statement_timeout = 0;
		set idle_session_timeout = 0;
		set idle_in_transaction_session_timeout = 0;
		set client_min_messages = warning;
		set search_path = ''`)
	if err != nil {
		return fmt.Errorf("preparing the session: %w", err)
	}
	return nil
}
