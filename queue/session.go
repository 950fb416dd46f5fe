package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	sessionCloseTimeout   = time.Second
	sessionConnectTimeout = 2 * time.Second  // while a life goes on
	sessionFirstTimeout   = 10 * time.Second // when one begins, and nothing depends on it yet

	// A beat must not wait behind somebody's open transaction for as long as it
	// takes to lose the lease. The rest is how the server finds out that the other
	// end has vanished without a word: after three seconds it frees the lock.
	sessionTune = `
select
  set_config('lock_timeout', '500', false),
  set_config('tcp_keepalives_idle', '1', false),
  set_config('tcp_keepalives_interval', '1', false),
  set_config('tcp_keepalives_count', '2', false),
  set_config('tcp_user_timeout', '3000', false)`
)

// dialer opens direct connections.
type dialer struct {
	direct *pgx.ConnConfig
	before func(context.Context, *pgx.ConnConfig) error // may be nil
}

// newDialer takes the pool's own way to connect, fresh credentials included,
// unless there is another way around its pooler.
func newDialer(pool *pgxpool.Pool, direct *pgx.ConnConfig) dialer {
	if direct != nil {
		return dialer{direct: direct.Copy()}
	}

	config := pool.Config()
	return dialer{direct: config.ConnConfig, before: config.BeforeConnect}
}

func (d dialer) dial(ctx context.Context, name string) (*pgx.Conn, error) {
	config := d.direct.Copy()
	config.OnNotification = nil // they are read by session.next
	config.RuntimeParams["application_name"] = name

	if d.before != nil {
		if err := d.before(ctx, config); err != nil {
			return nil, err
		}
	}

	return pgx.ConnectConfig(ctx, config)
}

// session is the direct connection that belongs to a life: it holds the lock,
// carries the beats and hears of stopped workflows.
type session struct {
	conn   *pgx.Conn
	locked bool
}

func openSession(ctx context.Context, dialer dialer, logger *slog.Logger, timeout time.Duration) (*session, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	conn, err := dialer.dial(ctx, "weir worker")
	if err != nil {
		return nil, fmt.Errorf("opening session: %w", err)
	}

	s := &session{conn: conn}
	s.tune(ctx, logger)

	if _, err := conn.Exec(ctx, `listen "weir_internal.control"`); err != nil {
		s.close()
		return nil, fmt.Errorf("listening: %w", err)
	}

	return s, nil
}

// tune is not worth failing for: not every server has these settings, and the
// lease ends a ghost session as well.
func (s *session) tune(ctx context.Context, logger *slog.Logger) {
	if _, err := s.conn.Exec(ctx, sessionTune); err != nil {
		logger.DebugContext(ctx, "queue: session can't be tuned", slog.String("error", err.Error()))
	}
}

// lock takes the life's lock if it is free. It doesn't wait: the holder can be
// an earlier session of this same life that the server doesn't know to be dead
// yet, or a sweep that looks at this very moment.
func (s *session) lock(ctx context.Context, key int32, timeout time.Duration) error {
	if s.locked {
		return nil
	}

	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	err := s.conn.QueryRow(ctx,
		"select pg_catalog.pg_try_advisory_lock(weir_internal.session_class(), $1)", key,
	).Scan(&s.locked)
	if err != nil {
		return fmt.Errorf("locking: %w", err)
	}

	return nil
}

// next waits for the next workflow that was stopped, until a time. It returns
// false when none came, and an error when the session has broken.
func (s *session) next(ctx context.Context, until time.Time) (workflow int64, ok bool, err error) {
	waitCtx, cancel := context.WithDeadline(ctx, until)
	defer cancel()

	notification, err := s.conn.WaitForNotification(waitCtx)
	switch {
	case err == nil:
		workflow, err = strconv.ParseInt(notification.Payload, 10, 64)
		return workflow, err == nil, nil // what can't be read wasn't for us
	case s.conn.IsClosed():
		return 0, false, fmt.Errorf("session: %w", err)
	case errors.Is(waitCtx.Err(), context.DeadlineExceeded), ctx.Err() != nil:
		return 0, false, nil
	default:
		return 0, false, fmt.Errorf("session: %w", err)
	}
}

func (s *session) close() {
	// The server frees the lock when it reads the end of the session, and others
	// wait for that.
	ctx, cancel := context.WithTimeout(context.Background(), sessionCloseTimeout)
	defer cancel()

	_ = s.conn.Close(ctx) // there is nothing to do about a session that is broken already
}
