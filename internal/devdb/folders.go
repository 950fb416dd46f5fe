package devdb

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const (
	logName      = "postgres.log"
	passwordName = "password"
	portName     = "port"
	superuser    = "postgres"
)

// folders is where one server lives. The run folder has the socket and the log
// and goes with the server; the data is in it too unless the caller keeps it.
type folders struct {
	run      string
	data     string
	major    int // of the data; 0 before initdb
	port     int // of the last server on the data; 0 for none
	password string
	kept     bool
}

// openFolders makes what isn't there, owned by the user the server runs as.
func openFolders(dir string, own *owner) (*folders, error) {
	run, err := makeRunFolder(own)
	if err != nil {
		return nil, err
	}
	f := &folders{run: run, data: filepath.Join(run, "data")}
	if dir == "" {
		f.password = rand.Text()
		return f, nil
	}
	if err := f.keepIn(dir, own); err != nil {
		return nil, errors.Join(err, f.remove())
	}
	return f, nil
}

// makeRunFolder prefers the usual temporary folder. It falls back to /tmp where
// that is too deep for a socket's path, of which some systems take 103 bytes
// only, or closed to the server's user.
func makeRunFolder(own *owner) (string, error) {
	const deepest = 60

	parent := os.TempDir()
	if len(parent) > deepest || own.reach(parent) != nil {
		parent = "/tmp"
	}
	run, err := os.MkdirTemp(parent, "weir-devdb-")
	if err != nil {
		return "", fmt.Errorf("making the server's folder: %w", err)
	}
	return run, own.give(run)
}

// keepIn puts the data into dir, or takes the data that is there.
func (f *folders) keepIn(dir string, own *owner) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	f.data, f.kept = filepath.Join(dir, "data"), true

	version, err := os.ReadFile(filepath.Join(f.data, "PG_VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		return f.makeKept(dir, own)
	}
	if err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	if f.major, err = strconv.Atoi(strings.TrimSpace(string(version))); err != nil {
		return fmt.Errorf("%w: %s has PG_VERSION %q", ErrNotData, f.data, version)
	}
	password, err := os.ReadFile(filepath.Join(dir, passwordName))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotData, err)
	}
	f.password = strings.TrimSpace(string(password))
	f.port = f.keptPort()
	return own.reach(dir)
}

// keptPort is 0 where none is kept, or one that can't be read: any port will do.
func (f *folders) keptPort() int {
	text, _ := os.ReadFile(f.portPath())
	port, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return port
}

// keepPort has the next server on kept data prefer the port.
func (f *folders) keepPort(port int, own *owner) error {
	if !f.kept || port == f.port {
		return nil
	}
	if err := writeLine(f.portPath(), strconv.Itoa(port), own); err != nil {
		return fmt.Errorf("keeping the port: %w", err)
	}
	return nil
}

func (f *folders) portPath() string { return filepath.Join(filepath.Dir(f.data), portName) }

// makeKept takes a folder that doesn't exist or is empty; a half-made one, of a
// start that was cut off before PG_VERSION was written, counts as foreign too,
// because removing a folder the user named is not ours to do.
func (f *folders) makeKept(dir string, own *owner) error {
	// The server's user must be able to come through the folders above.
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("data folder: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	if len(entries) > 0 {
		return fmt.Errorf("%w: %s is not empty (it has %s)", ErrNotData, dir, entries[0].Name())
	}
	if err := own.give(dir); err != nil {
		return err
	}
	if err := own.reach(dir); err != nil {
		return err
	}
	f.password = rand.Text()
	if err := writeLine(filepath.Join(dir, passwordName), f.password, own); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	return nil
}

// writeLine makes a file that only the owner can read.
func writeLine(path, line string, own *owner) error {
	if err := os.WriteFile(path, []byte(line+"\n"), 0o600); err != nil {
		return err
	}
	return own.give(path)
}

func (f *folders) remove() error { return os.RemoveAll(f.run) }

func (f *folders) log() string { return filepath.Join(f.run, logName) }

// logTail returns the last part of the log, where a program says why it ended.
func (f *folders) logTail() string {
	const most = 2000

	text, err := os.ReadFile(f.log())
	if err != nil {
		return err.Error()
	}
	if len(text) > most {
		text = text[len(text)-most:]
	}
	return string(text)
}
