package testdb

import (
	"context"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver that pgtestdb connects with
	"github.com/peterldowns/pgtestdb"
)

const (
	// maxConns keeps a few parallel tests a process and a process a core well
	// below the server's limit.
	maxConns = 10

	// cleanupTimeout bounds what happens after a test.
	cleanupTimeout = 15 * time.Second
)

// New returns a pool of 10 connections to a migrated database of the test's own.
// After the test the pool is closed, which fails the test if it still holds a
// connection, and the database is dropped, unless the test failed.
func New(t testing.TB) *pgxpool.Pool {
	t.Helper()

	config, err := pgxpool.ParseConfig(URL(t))
	if err != nil {
		t.Fatalf("testdb: parsing the URL: %v", err)
	}
	config.MaxConns = maxConns
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		t.Fatalf("testdb: making a pool: %v", err)
	}
	t.Cleanup(func() { closePool(t, pool) })
	return pool
}

// URL returns the connection string of a migrated database of the test's own,
// as a superuser. The database is dropped after the test, and whoever is still
// connected is disconnected, unless the test failed.
func URL(t testing.TB) string {
	t.Helper()
	return create(t, migrated{})
}

// Empty is like URL, but nothing has been created in the database.
func Empty(t testing.TB) string {
	t.Helper()
	return create(t, pgtestdb.NoopMigrator{})
}

func create(t testing.TB, migrator pgtestdb.Migrator) string {
	t.Helper()

	server := sharedURL(t)
	config, err := connection(server)
	if err != nil {
		t.Fatalf("testdb: %v", err)
	}
	made := pgtestdb.Custom(t, config, migrator)
	t.Cleanup(func() { drop(t, server, made.Database) })
	return made.URL()
}

// connection turns a URL into what pgtestdb wants. Tests connect as the server's
// own user, who may do what tests do: create databases and roles, disconnect
// others, read all statistics.
func connection(server string) (pgtestdb.Config, error) {
	parsed, err := url.Parse(server)
	if err != nil {
		return pgtestdb.Config{}, fmt.Errorf("parsing %s: %w", EnvURL, err)
	}
	// What the URL leaves out, pgx takes from the usual places.
	conn, err := pgx.ParseConfig(server)
	if err != nil {
		return pgtestdb.Config{}, fmt.Errorf("parsing %s: %w", EnvURL, err)
	}
	// pgtestdb joins the parts to a URL again, as they are.
	user, password := url.PathEscape(conn.User), url.PathEscape(conn.Password)
	options := parsed.Query()
	options.Set("host", conn.Host)
	return pgtestdb.Config{
		DriverName: "pgx",
		Host:       "localhost",
		Port:       fmt.Sprint(conn.Port),
		User:       user,
		Password:   password,
		Database:   url.PathEscape(conn.Database),
		Options:    options.Encode(),
		TestRole:   &pgtestdb.Role{Username: user, Password: password},
	}, nil
}

// drop runs before pgtestdb's own cleanup, which gives up on a database that
// somebody connects to again at the wrong moment.
func drop(t testing.TB, server, database string) {
	if t.Failed() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), cleanupTimeout)
	defer cancel()

	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		t.Errorf("testdb: dropping %s: %v", database, err)
		return
	}
	defer conn.Close(ctx)
	name := pgx.Identifier{database}.Sanitize()
	if _, err := conn.Exec(ctx, "drop database if exists "+name+" with (force)"); err != nil {
		t.Errorf("testdb: dropping %s: %v", database, err)
	}
}

func closePool(t testing.TB, pool *pgxpool.Pool) {
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		pool.Close()
	}()
	select {
	case <-closed:
	case <-time.After(cleanupTimeout):
		t.Errorf("testdb: %d connections were not given back to the pool", pool.Stat().AcquiredConns())
	}
}
