package testdb

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgweir/weir/internal/devdb"
)

// DefaultImage is the container image that tests run on.
const DefaultImage = "postgres:17-alpine"

// settings are those of a server that nobody will miss: nothing waits for a disk.
var settings = map[string]string{
	"checkpoint_timeout": "30min",
	"fsync":              "off",
	"full_page_writes":   "off",
	"jit":                "off",
	"max_connections":    "400",
	"max_wal_size":       "4GB",
	"shared_buffers":     "256MB",
}

// ServerConfig says which server is started.
type ServerConfig struct {
	// URL is of a server that is there already, and is neither started nor
	// stopped. RequireContainer ignores it. Defaults to none.
	URL string

	// Image is the container image. Defaults to DefaultImage.
	Image string

	// RequireContainer makes it an error when no container can be started,
	// instead of a reason to use devdb.
	RequireContainer bool

	// Output is told in a line which server was started, and before that why it
	// is not a container. Defaults to io.Discard.
	Output io.Writer
}

func (c ServerConfig) withDefaults() ServerConfig {
	if c.Image == "" {
		c.Image = DefaultImage
	}
	if c.Output == nil {
		c.Output = io.Discard
	}
	return c
}

// Server is a Postgres server for tests.
type Server struct {
	url  string
	stop func() error
}

// StartServer takes the server it is given, or starts a container, or a devdb
// where Docker doesn't answer or doesn't have the image and can't pull it. The
// caller must call Stop.
func StartServer(ctx context.Context, config ServerConfig) (*Server, error) {
	config = config.withDefaults()

	server, what, err := config.start(ctx)
	if err != nil {
		return nil, fmt.Errorf("test server: %w", err)
	}
	version, err := versionOf(ctx, server.url)
	if err != nil {
		_ = server.Stop() // err says more
		return nil, fmt.Errorf("test server: %s: %w", what, err)
	}
	fmt.Fprintf(config.Output, "test server: %s, PostgreSQL %s\n", what, version)
	return server, nil
}

// start also returns what the server is.
func (c ServerConfig) start(ctx context.Context) (server *Server, what string, err error) {
	if c.URL != "" && !c.RequireContainer {
		return &Server{url: c.URL, stop: func() error { return nil }}, "given", nil
	}
	server, err = startContainer(ctx, c.Image)
	if err == nil {
		return server, "container " + c.Image, nil
	}
	if c.RequireContainer {
		return nil, "", fmt.Errorf("a container is required: %w", err)
	}
	fmt.Fprintf(c.Output, "test server: no container: %v\n", err)
	server, err = startDevdb(ctx)
	return server, "devdb", err
}

// URL returns the connection string of a superuser.
func (s *Server) URL() string { return s.url }

// Stop ends the server and removes its data.
func (s *Server) Stop() error { return s.stop() }

func startDevdb(ctx context.Context) (*Server, error) {
	db, err := devdb.Start(ctx, devdb.Config{Settings: settings})
	if err != nil {
		return nil, err
	}
	return &Server{url: db.URL(), stop: db.Stop}, nil
}

func versionOf(ctx context.Context, url string) (string, error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	version, _, _ := strings.Cut(conn.PgConn().ParameterStatus("server_version"), " ")
	return version, nil
}
