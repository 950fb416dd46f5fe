package demo

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgweir/weir/internal/devdb"
	"github.com/pgweir/weir/migrations"
)

// openDatabase returns the URL of a migrated database, and what ends it.
func (d *demo) openDatabase(ctx context.Context) (url string, stop func() error, err error) {
	began := time.Now()
	url, stop = d.config.URL, func() error { return nil }
	name := "The given database"
	if url == "" {
		d.screen.say("Starting a private Postgres ...")
		server, err := devdb.Start(ctx, devdb.Config{})
		if err != nil {
			return "", nil, err
		}
		url, stop = server.URL(), server.Stop
		name = "PostgreSQL " + server.Version()
	}
	config, err := pgx.ParseConfig(url)
	if err == nil {
		err = migrations.Up(ctx, config)
	}
	if err != nil {
		return "", nil, errors.Join(err, stop())
	}
	d.screen.say("%s is up and migrated (%s).", name, seconds(time.Since(began)))
	return url, stop, nil
}
