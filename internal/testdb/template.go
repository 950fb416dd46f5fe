package testdb

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"

	"github.com/jackc/pgx/v5"
	"github.com/peterldowns/pgtestdb"

	"github.com/pgweir/weir/migrations"
)

// migrated makes the template: a database as migrations.Up leaves it.
type migrated struct{}

// Hash names the template by all that Up runs, so that a changed function makes
// a new one on a server that outlives the run.
func (migrated) Hash() (string, error) {
	script, err := migrations.SQL(migrations.DirectionUp)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(script))
	return hex.EncodeToString(sum[:16]), nil
}

func (migrated) Migrate(ctx context.Context, _ *sql.DB, config pgtestdb.Config) error {
	conn, err := pgx.ParseConfig(config.URL())
	if err != nil {
		return err
	}
	return migrations.Up(ctx, conn)
}
