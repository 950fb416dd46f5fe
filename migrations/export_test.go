package migrations

import (
	"context"
	"io/fs"

	"github.com/jackc/pgx/v5"
)

// LockKey is for tests that hold the lock.
const LockKey = lockKey

// Files are those of this binary.
func Files() fs.FS { return embedded }

// UpTo is Up of a binary that has these files.
func UpTo(ctx context.Context, files fs.FS, config *pgx.ConnConfig) error {
	_, err := bundle{files: files}.up(ctx, config)
	return err
}

// DownFrom is Down of a binary that has these files.
func DownFrom(ctx context.Context, files fs.FS, config *pgx.ConnConfig) error {
	_, err := bundle{files: files}.down(ctx, config)
	return err
}

// VerifyWith is Verify of a binary that has these files.
func VerifyWith(ctx context.Context, files fs.FS, config *pgx.ConnConfig) error {
	state, err := bundle{files: files}.status(ctx, config)
	if err != nil {
		return err
	}
	return state.verify()
}

// Supported is what a session says of a server with that version.
func Supported(version string, number int) error {
	return server{version: version, number: number}.supported()
}
