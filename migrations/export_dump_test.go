package migrations

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Each file is one query: a kind of object, one text a row, in an order that doesn't depend on the database.
//
//go:embed testdata/dump/*.sql
var dumpQueries embed.FS

// Dump describes everything in the schemas weir and weir_internal, from the catalogs, as a text to be
// compared: databases with the same definitions have the same text, whatever the server's version, the
// owner, or the way there. It holds no rows, and it is not meant to be run.
func Dump(ctx context.Context, config *pgx.ConnConfig) (string, error) {
	names, err := fs.Glob(dumpQueries, "testdata/dump/*.sql")
	if err != nil {
		return "", err
	}
	var text strings.Builder
	inOneSnapshot := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err = withSession(ctx, config, func(conn *pgx.Conn, _ server) error {
		return pgx.BeginTxFunc(ctx, conn, inOneSnapshot, func(tx pgx.Tx) error {
			for _, name := range names {
				if err := dumpPart(ctx, tx, name, &text); err != nil {
					return fmt.Errorf("dumping %s: %w", name, err)
				}
			}
			return nil
		})
	})
	return text.String(), err
}

func dumpPart(ctx context.Context, tx pgx.Tx, name string, text *strings.Builder) error {
	query, err := fs.ReadFile(dumpQueries, name)
	if err != nil {
		return err
	}
	rows, err := tx.Query(ctx, string(query))
	if err != nil {
		return err
	}
	objects, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	title, _, _ := strings.Cut(string(query), "\n")
	text.WriteString(title + "\n\n")
	for _, object := range objects {
		text.WriteString(object + "\n\n")
	}
	return nil
}
