package devdb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"strconv"
	"sync"
	"time"
)

var (
	// ErrNoServer means that no usable server binaries were found and that none
	// could be downloaded. Its message lists what was looked at and why it
	// wasn't used.
	ErrNoServer = errors.New("no Postgres server to run")

	// ErrNotData means that Config.Dir holds something that devdb didn't make.
	ErrNotData = errors.New("not a devdb data folder")
)

// stopTimeout is how long a server may take to shut down before it is made to.
const stopTimeout = 20 * time.Second

// Config says how a server is started.
type Config struct {
	// Dir is the folder that keeps the data. It is made when it doesn't exist,
	// and a folder made by an earlier server is used as that server left it: with
	// its data, its password and, while nobody else has it, its port.
	//
	// Defaults to a temporary folder that is removed when the server stops.
	Dir string

	// Logger hears which server is used and where it listens.
	//
	// Defaults to a logger that discards.
	Logger *slog.Logger

	// Settings are server settings by name, as in postgresql.conf. They win over
	// the package's own defaults.
	Settings map[string]string

	// finder is what tests replace to pretend another machine.
	finder *finder
}

func (c Config) withDefaults() Config {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.finder == nil {
		c.finder = newFinder()
	}
	settings := map[string]string{
		"checkpoint_timeout":   "30min",
		"jit":                  "off",
		"log_checkpoints":      "off",
		"max_connections":      "300",
		"max_wal_size":         "4GB",
		"shared_buffers":       "256MB",
		"timezone":             "UTC",
		"update_process_title": "off",
	}
	maps.Copy(settings, c.Settings)
	c.Settings = settings
	return c
}

// DB is a running server.
type DB struct {
	logger  *slog.Logger
	port    int
	server  *process
	version string
	folders *folders
	stop    func() error
}

// Start makes the data folder if there is none, starts a server on it and
// returns when the server accepts connections. The caller must call Stop.
//
// Cancelling ctx ends the start, not the server that was started. errors.Is
// finds ErrNoServer and ErrNotData.
func Start(ctx context.Context, config Config) (*DB, error) {
	config = config.withDefaults()

	own, err := findOwner()
	if err != nil {
		return nil, err
	}
	dirs, err := openFolders(config.Dir, own)
	if err != nil {
		return nil, err
	}
	found, err := config.finder.find(ctx, dirs.major)
	if err != nil {
		return nil, errors.Join(err, dirs.remove())
	}

	db := &DB{logger: config.Logger, folders: dirs}
	db.stop = sync.OnceValue(db.shutdown)
	if err := db.start(ctx, found, own, config.Settings); err != nil {
		return nil, errors.Join(err, db.Stop())
	}
	db.logger.InfoContext(ctx, "devdb: Server started",
		slog.String("binaries", found.dir), slog.Int("port", db.port), slog.String("version", db.version))
	return db, nil
}

// URL returns the connection string of the server's database "postgres", as its
// superuser. It holds the password.
func (d *DB) URL() string {
	return (&url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(superuser, d.folders.password),
		Host:     "127.0.0.1:" + strconv.Itoa(d.port),
		Path:     "/postgres",
		RawQuery: "sslmode=disable",
	}).String()
}

// Version returns the server's version, like "17.5".
func (d *DB) Version() string { return d.version }

// Stop ends the server and its connections, and removes its data unless
// Config.Dir keeps it. It may be called more than once.
func (d *DB) Stop() error { return d.stop() }

func (d *DB) shutdown() error {
	var errs []error
	if d.server != nil {
		errs = append(errs, d.server.stop(stopTimeout))
	}
	errs = append(errs, d.folders.remove())
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("stopping devdb: %w", err)
	}
	d.logger.Info("devdb: Server stopped", slog.Int("port", d.port))
	return nil
}
