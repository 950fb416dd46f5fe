//go:build !unix

package devdb

import (
	"errors"
	"time"
)

// owner and process exist on Unix only: elsewhere findOwner ends each start.
type (
	owner   struct{}
	process struct {
		done chan struct{}
		err  error
	}
)

func findOwner() (*owner, error) {
	return nil, errors.New("devdb needs a Unix system: give a database URL")
}

func (*owner) give(string) error          { return nil }
func (*owner) reach(string) error         { return nil }
func (*process) stop(time.Duration) error { return nil }

func (*folders) startProcess(*owner, string, ...string) (*process, error) {
	return nil, errors.ErrUnsupported
}
