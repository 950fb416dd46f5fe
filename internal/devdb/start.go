package devdb

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// startTimeout bounds a start, recovery of kept data included.
	startTimeout = 60 * time.Second

	// retryTimeout is how long a port or a data folder may be somebody else's: an
	// earlier server on the folder needs a moment to end.
	retryTimeout = 10 * time.Second

	// pollInterval is how often a starting server is asked whether it is ready.
	pollInterval = 20 * time.Millisecond
)

// errEnded means that the server ended before it was ready.
var errEnded = errors.New("the server ended")

// start makes the cluster if there is none and starts a server on it.
func (d *DB) start(ctx context.Context, found binaries, own *owner, settings map[string]string) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()

	if d.folders.major == 0 {
		if err := d.initCluster(ctx, found, own); err != nil {
			return err
		}
	}
	patient, cancel := context.WithTimeout(ctx, retryTimeout)
	defer cancel()
	var inTheWay error
	for {
		err := d.startOnce(ctx, found, own, settings)
		if inTheWay != nil && ctx.Err() != nil {
			return inTheWay // says more than that time is over
		}
		if !errors.Is(err, errEnded) || !transient(err) || patient.Err() != nil {
			return err
		}
		inTheWay = err
		select {
		case <-ctx.Done():
			return err
		case <-time.After(10 * pollInterval):
		}
	}
}

// transient reports whether another try may succeed: somebody else took the
// port between our look and the server's, or the server of a parent that was
// killed a moment ago is still shutting down.
func transient(err error) bool {
	text := err.Error()
	return strings.Contains(text, "could not bind") ||
		strings.Contains(text, `lock file "postmaster.pid" already exists`)
}

func (d *DB) initCluster(ctx context.Context, found binaries, own *owner) error {
	path := filepath.Join(d.folders.run, passwordName)
	if err := writeLine(path, d.folders.password, own); err != nil {
		return fmt.Errorf("making the cluster: %w", err)
	}
	args := []string{
		"--pgdata=" + d.folders.data, "--username=" + superuser, "--pwfile=" + path,
		"--auth=scram-sha-256", "--encoding=UTF8", "--no-locale",
	}
	if !d.folders.kept {
		args = append(args, "--no-sync")
	}
	initdb, err := d.folders.startProcess(own, found.program("initdb"), args...)
	if err != nil {
		return fmt.Errorf("making the cluster: %w", err)
	}
	select {
	case <-initdb.done:
	case <-ctx.Done():
		return errors.Join(ctx.Err(), initdb.stop(stopTimeout))
	}
	if initdb.err != nil {
		return fmt.Errorf("making the cluster: %w\n%s", initdb.err, d.folders.logTail())
	}
	return os.Remove(path)
}

func (d *DB) startOnce(ctx context.Context, found binaries, own *owner, settings map[string]string) error {
	port, err := freePort(d.folders.port)
	if err != nil {
		return err
	}
	args := []string{
		"-D", d.folders.data, "-p", strconv.Itoa(port),
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=" + d.folders.run,
	}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		args = append(args, "-c", name+"="+settings[name])
	}
	server, err := d.folders.startProcess(own, found.program("postgres"), args...)
	if err != nil {
		return fmt.Errorf("starting the server: %w", err)
	}
	d.port, d.server = port, server
	if err := d.awaitReady(ctx); err != nil {
		return err
	}
	return d.folders.keepPort(port, own)
}

func (d *DB) awaitReady(ctx context.Context) error {
	for {
		version, err := d.askVersion(ctx)
		if err == nil {
			d.version = version
			return nil
		}
		select {
		case <-d.server.done:
			return fmt.Errorf("starting the server: %w\n%s", errEnded, d.folders.logTail())
		case <-ctx.Done():
			return fmt.Errorf("starting the server: %w (last: %w)\n%s", ctx.Err(), err, d.folders.logTail())
		case <-time.After(pollInterval):
		}
	}
}

func (d *DB) askVersion(ctx context.Context) (string, error) {
	config, err := pgx.ParseConfig(d.URL())
	if err != nil {
		return "", err
	}
	config.Host = d.folders.run // the socket: the port may be another's, such as a second start's on the same data
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)

	// 15.18 (Debian 15.18-0+deb12u1)
	number, _, _ := strings.Cut(conn.PgConn().ParameterStatus("server_version"), " ")
	return number, nil
}

// freePort returns a loopback port that nobody listens on now: the preferred one
// if it is such a port. 0 prefers none.
func freePort(preferred int) (int, error) {
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(preferred)))
	if err != nil && preferred != 0 {
		return freePort(0)
	}
	if err != nil {
		return 0, fmt.Errorf("choosing a port: %w", err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	return port, listener.Close()
}
