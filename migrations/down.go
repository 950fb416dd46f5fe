package migrations

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river/rivermigrate"
)

// Down removes everything that Up made, with all data: functions and views, tables, River's tables, both
// schemas. Roles stay, since other databases of the cluster may use them. On a database without Weir it
// does nothing.
//
// A *NewerError or *DirtyError means that nothing was touched. Down drops nothing that Weir did not make:
// a *ForeignError names what stands in the way. After an error, call Down again, or Up to have an empty
// Weir back.
func Down(ctx context.Context, config *pgx.ConnConfig) error {
	_, err := DownState(ctx, config)
	return err
}

// DownState is Down, and returns what it found when its turn came, before it removed anything. When there
// is an error, that state may be empty.
func DownState(ctx context.Context, config *pgx.ConnConfig) (State, error) {
	return released.down(ctx, config)
}

func (b bundle) down(ctx context.Context, config *pgx.ConnConfig) (found State, err error) {
	err = withLock(ctx, config, func(conn *pgx.Conn, server server) error {
		if found, err = b.state(ctx, conn, server); err != nil {
			return err
		}
		if err := found.usable(); err != nil {
			return err
		}
		return b.downFrom(ctx, config, conn, found)
	})
	return found, err
}

func (b bundle) downFrom(ctx context.Context, config *pgx.ConnConfig, conn *pgx.Conn, found State) error {
	if found.Version > 0 {
		if err := b.removeObjects(ctx, conn); err != nil {
			return err
		}
		if err := b.tablesDown(ctx, config, found.Version); err != nil {
			return foreign(err)
		}
	}
	if found.River > 0 {
		if err := migrateRiver(ctx, config, rivermigrate.DirectionDown, riverRemoved); err != nil {
			return foreign(err)
		}
	}
	return dropSchemas(ctx, conn)
}

func (b bundle) tablesDown(ctx context.Context, config *pgx.ConnConfig, from int) error {
	tables, err := b.openTables(ctx, config)
	if err != nil {
		return err
	}
	defer tables.close(ctx)
	return tables.down(ctx, from)
}

// dropSchemas leaves everything in place when anything is left in the schemas that is not Weir's.
func dropSchemas(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, `
		drop table if exists weir_internal.schema_migrations;
		drop schema if exists weir;
		drop schema if exists weir_internal`)
	if err != nil {
		return fmt.Errorf("dropping the schemas: %w", foreign(err))
	}
	return nil
}
