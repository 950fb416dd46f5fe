package migrations

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const deadlockRetries = 5

// replaceObjects drops all functions and views and creates those of the bundle, in one transaction:
// others see the old set or the new one. Dropping triggers locks their tables, so working processes may
// meet it in a deadlock; losing one is no error.
func (b bundle) replaceObjects(ctx context.Context, conn *pgx.Conn) error {
	objects, err := b.objects()
	if err != nil {
		return err
	}
	for range deadlockRetries {
		err = b.replace(ctx, conn, objects)
		if pgErr, ok := errors.AsType[*pgconn.PgError](err); !ok || pgErr.Code != "40P01" {
			return err
		}
	}
	return err
}

func (b bundle) replace(ctx context.Context, conn *pgx.Conn, objects []object) error {
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if err := b.dropObjects(ctx, tx); err != nil {
			return err
		}
		// A function may name one that a later file creates.
		if _, err := tx.Exec(ctx, `set local check_function_bodies = off`); err != nil {
			return err
		}
		for _, o := range objects {
			if _, err := tx.Exec(ctx, o.sql); err != nil {
				return fmt.Errorf("creating %s: %w", o.position(err), err)
			}
		}
		_, err := tx.Exec(ctx, `
			insert into weir_internal.schema_objects (checksum)
			values ($1)
			on conflict (singleton) do update
			set checksum = excluded.checksum, applied_at = now()`, checksum(objects))
		return err
	})
}

// removeObjects leaves tables only, and no record of a checksum, so that Up can bring the objects back.
func (b bundle) removeObjects(ctx context.Context, conn *pgx.Conn) error {
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if err := b.dropObjects(ctx, tx); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `delete from weir_internal.schema_objects`)
		return err
	})
}

func (b bundle) dropObjects(ctx context.Context, tx pgx.Tx) error {
	sql, err := fs.ReadFile(b.files, "drop_objects.sql")
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, string(sql)); err != nil {
		return fmt.Errorf("dropping functions and views: %w", foreign(err))
	}
	return nil
}

// position is the file with the line that err is about, when the server told.
func (o object) position(err error) string {
	pgErr, ok := errors.AsType[*pgconn.PgError](err)
	if !ok || pgErr.Position == 0 {
		return o.file
	}
	before := []rune(o.sql)[:min(int(pgErr.Position)-1, len([]rune(o.sql)))]
	return fmt.Sprintf("%s:%d", o.file, strings.Count(string(before), "\n")+1)
}
