//go:build unix

package devdb

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// process is the server's main process.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
}

func startProcess(cmd *exec.Cmd) (*process, error) {
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		_ = cmd.Wait() // how a server ends is in its log
	}()
	return p, nil
}

// stop disconnects everybody and shuts down, and after the timeout doesn't ask.
func (p *process) stop(timeout time.Duration) error {
	if err := p.signal(syscall.SIGINT); err != nil {
		return err
	}
	select {
	case <-p.done:
		return nil
	case <-time.After(timeout):
	}
	if err := p.signal(syscall.SIGQUIT); err != nil {
		return err
	}
	<-p.done
	return nil
}

func (p *process) signal(sig syscall.Signal) error {
	if err := p.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("signalling the server: %w", err)
	}
	return nil
}

// command prepares one of the server's programs: as the owner, in the run
// folder, and deaf to the caller's libpq settings. English messages are what
// start looks for.
func (b binaries) command(dirs *folders, own *owner, name string, args ...string) *exec.Cmd {
	cmd := exec.Command(b.program(name), args...)
	cmd.Dir = dirs.run
	for _, pair := range os.Environ() {
		if !strings.HasPrefix(pair, "PG") && !strings.HasPrefix(pair, "LC_") {
			cmd.Env = append(cmd.Env, pair)
		}
	}
	cmd.Env = append(cmd.Env, "LC_ALL=C")
	own.adopt(cmd)
	return cmd
}
