package migrations

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// lockKey is "weirmigr" in ASCII. It never changes: binaries of all versions meet on it.
const lockKey int64 = 0x7765_6972_6d69_6772

// withLock runs do on a session of its own that holds the one lock under which a database's schema is
// changed. It waits for the lock as long as ctx allows; the lock goes with the session.
func withLock(ctx context.Context, config *pgx.ConnConfig, do func(*pgx.Conn, server) error) error {
	return withSession(ctx, config, func(conn *pgx.Conn, found server) error {
		if found.readOnly {
			return ErrReadOnly
		}
		if _, err := conn.Exec(ctx, `select pg_advisory_lock($1)`, lockKey); err != nil {
			return fmt.Errorf("waiting for the migration lock: %w", err)
		}
		return do(conn, found)
	})
}
