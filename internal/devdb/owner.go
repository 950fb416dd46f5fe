//go:build unix

package devdb

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// owner is the user the server runs as. The nil owner is the caller.
type owner struct {
	name     string
	uid, gid uint32
}

// findOwner returns an unprivileged user when the caller is root.
func findOwner() (*owner, error) {
	if os.Geteuid() != 0 {
		return nil, nil // the caller itself
	}
	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.ParseUint(found.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(found.Gid, 10, 32)
		if err := errors.Join(uidErr, gidErr); err != nil {
			return nil, fmt.Errorf("user %s: %w", name, err)
		}
		return &owner{name: name, uid: uint32(uid), gid: uint32(gid)}, nil
	}
	return nil, errors.New("running as root, which Postgres refuses, and this machine has no user postgres or nobody")
}

// adopt makes cmd run as the owner, in a session of its own: a Ctrl-C at the
// terminal is for the parent, which then stops the server in its own time.
func (o *owner) adopt(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if o != nil {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: o.uid, Gid: o.gid}
	}
}

// give makes the owner own path.
func (o *owner) give(path string) error {
	if o == nil {
		return nil
	}
	if err := os.Chown(path, int(o.uid), int(o.gid)); err != nil {
		return fmt.Errorf("giving %s to user %s: %w", path, o.name, err)
	}
	return nil
}

// reach returns an error when the owner can't get into dir because a folder
// above it is closed to others, as root's home is.
func (o *owner) reach(dir string) error {
	if o == nil {
		return nil
	}
	for ; ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil {
			return err
		}
		stat, _ := info.Sys().(*syscall.Stat_t)
		own := stat != nil && stat.Uid == o.uid
		if info.Mode().Perm()&0o001 == 0 && !own {
			return fmt.Errorf("called by root, the server runs as user %s, which may not enter %s: choose another folder",
				o.name, dir)
		}
		if dir == filepath.Dir(dir) {
			return nil
		}
	}
}
