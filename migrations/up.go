package migrations

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river/rivermigrate"
)

// Up brings the database to what this binary needs. On a database that is there already it changes
// nothing. Any number of processes may call it at once: one works, the others wait until ctx ends.
//
// config must lead to the server itself, not to a pooler that shares sessions. It is only read.
//
// A *NewerError or *DirtyError means that nothing was touched. After any other error the database is at
// a step between, each of them whole, and calling Up again goes on from there. A *ForeignError names
// what others built on functions or views that had to be replaced.
func Up(ctx context.Context, config *pgx.ConnConfig) error {
	_, err := UpState(ctx, config)
	return err
}

// UpState is Up, and returns what it found when its turn came, before it changed anything. When there is
// an error, that state may be empty.
func UpState(ctx context.Context, config *pgx.ConnConfig) (State, error) {
	return released.up(ctx, config)
}

func (b bundle) up(ctx context.Context, config *pgx.ConnConfig) (found State, err error) {
	err = withLock(ctx, config, func(conn *pgx.Conn, server server) error {
		if found, err = b.state(ctx, conn, server); err != nil {
			return err
		}
		if err := found.usable(); err != nil {
			return err
		}
		if found.verify() == nil {
			return nil
		}
		if err := b.upFrom(ctx, config, conn, found); err != nil {
			return err
		}
		reached, err := b.state(ctx, conn, server)
		if err != nil {
			return err
		}
		return reached.verify()
	})
	return found, err
}

func (b bundle) upFrom(ctx context.Context, config *pgx.ConnConfig, conn *pgx.Conn, found State) error {
	if err := createSchemas(ctx, conn); err != nil {
		return err
	}
	if found.River < found.RiverPinned {
		if err := migrateRiver(ctx, config, rivermigrate.DirectionUp, RiverVersion); err != nil {
			return err
		}
	}
	if found.Version < found.Latest {
		if err := b.tablesUp(ctx, config, found.Version); err != nil {
			return err
		}
	}
	return b.replaceObjects(ctx, conn)
}

func createSchemas(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, `
		create schema if not exists weir;
		create schema if not exists weir_internal`)
	if err != nil {
		return fmt.Errorf("creating the schemas: %w", err)
	}
	return nil
}

func (b bundle) tablesUp(ctx context.Context, config *pgx.ConnConfig, from int) error {
	tables, err := b.openTables(ctx, config)
	if err != nil {
		return err
	}
	defer tables.close(ctx)
	return tables.up(ctx, from)
}
