package migrations

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/golang-migrate/migrate/v4"
	"github.com/golang-migrate/migrate/v4/database"
	migratepgx "github.com/golang-migrate/migrate/v4/database/pgx/v5"
	"github.com/golang-migrate/migrate/v4/source"
	"github.com/golang-migrate/migrate/v4/source/iofs"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// tables runs the numbered files through golang-migrate, on a session of its own: golang-migrate takes a
// session lock too, waits for it without a limit, and gives it up for certain only when its session ends.
type tables struct {
	migrate  *migrate.Migrate
	db       *sql.DB
	conn     atomic.Pointer[pgx.Conn]
	versions []int
}

// openTables returns with the version table in place. ctx ends whatever golang-migrate waits for until
// the tables are closed.
func (b bundle) openTables(ctx context.Context, config *pgx.ConnConfig) (_ *tables, err error) {
	versions, err := b.versions()
	if err != nil {
		return nil, err
	}
	files, err := iofs.New(b.files, "tables")
	if err != nil {
		return nil, err
	}
	t := &tables{versions: versions}
	t.db = stdlib.OpenDB(*direct(config), stdlib.OptionAfterConnect(func(ctx context.Context, conn *pgx.Conn) error {
		t.conn.Store(conn)
		return prepare(ctx, conn)
	}))
	defer func() {
		if err != nil {
			t.close(ctx)
		}
	}()
	err = t.interruptible(ctx, func() error {
		driver, err := migratepgx.WithInstance(t.db, &migratepgx.Config{
			DatabaseName:    config.Database,
			SchemaName:      "weir_internal",
			MigrationsTable: "schema_migrations",
		})
		if err != nil {
			return err
		}
		t.migrate, err = migrate.NewWithInstance("iofs", markedFiles{files}, "pgx5", driver)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("opening the version table: %w", err)
	}
	t.migrate.LockTimeout = 24 * time.Hour // ctx is the limit: a lock that Go stopped waiting for is granted later all the same
	return t, nil
}

// close ends the session itself: after an error golang-migrate keeps its connection out of db's reach.
func (t *tables) close(ctx context.Context) {
	_ = t.db.Close()
	if conn := t.conn.Load(); conn != nil {
		disconnect(ctx, conn)
	}
}

func (t *tables) up(ctx context.Context, from int) error {
	for _, version := range t.versions {
		if version <= from {
			continue
		}
		if err := t.step(ctx, 1, from); err != nil {
			return fmt.Errorf("migrating to version %d: %w", version, err)
		}
		from = version
	}
	return nil
}

func (t *tables) down(ctx context.Context, from int) error {
	for _, version := range slices.Backward(t.versions) {
		if version > from {
			continue
		}
		if err := t.step(ctx, -1, version); err != nil {
			return fmt.Errorf("migrating down from version %d: %w", version, err)
		}
	}
	return nil
}

// step runs one file. When the server refuses it, it was rolled back, and the version is set back to from
// so that a repetition starts there.
func (t *tables) step(ctx context.Context, n, from int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := t.interruptible(ctx, func() error { return t.migrate.Steps(n) })
	failed, refused := errors.AsType[database.Error](err)
	if !refused {
		return err
	}
	if _, answered := errors.AsType[*pgconn.PgError](failed.OrigErr); !answered {
		return err
	}
	err = fmt.Errorf("line %d: %w", failed.Line, failed.OrigErr) // failed itself prints the whole file and hides the cause
	if from == 0 {
		from = database.NilVersion
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	return errors.Join(err, t.interruptible(ctx, func() error { return t.migrate.Force(from) }))
}

// interruptible cancels in the server whatever do waits for once ctx ends. It asks again and again, since
// a request that arrives between two statements is lost.
func (t *tables) interruptible(ctx context.Context, do func() error) error {
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		select {
		case <-done:
			return
		case <-ctx.Done():
		}
		ticker := time.NewTicker(100 * time.Millisecond)
		defer ticker.Stop()
		for {
			if conn := t.conn.Load(); conn != nil {
				limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
				_ = conn.PgConn().CancelRequest(limited)
				cancel()
			}
			select {
			case <-done:
				return
			case <-ticker.C:
			}
		}
	}()
	err := do()
	close(done)
	<-stopped
	return err
}

// markedFiles ends each file with the mark that it is complete. golang-migrate sets that mark in a
// transaction of its own after the file; here they commit together, because a file without transaction
// statements is one implicit transaction. So a missing mark proves that the file was rolled back.
type markedFiles struct{ source.Driver }

const mark = "\n;update weir_internal.schema_migrations set dirty = false;\n"

func (f markedFiles) ReadUp(version uint) (io.ReadCloser, string, error) {
	return marked(f.Driver.ReadUp(version))
}

func (f markedFiles) ReadDown(version uint) (io.ReadCloser, string, error) {
	return marked(f.Driver.ReadDown(version))
}

func marked(file io.ReadCloser, name string, err error) (io.ReadCloser, string, error) {
	if err != nil {
		return nil, "", err
	}
	return struct {
		io.Reader
		io.Closer
	}{io.MultiReader(file, strings.NewReader(mark)), file}, name, nil
}
