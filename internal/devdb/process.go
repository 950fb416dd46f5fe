//go:build unix

package devdb

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// process is one of the server's programs under a watchdog.
type process struct {
	watchdog *exec.Cmd
	pipe     io.Closer
	done     chan struct{} // closed when the program has ended
	err      error         // how it ended; read after done
}

// watchScript runs a program, and interrupts it when the script's own input
// ends: when the parent closes the pipe, or dies. It removes the run folder then.
// When the program ends by itself, the folder stays for its log to be read.
//
// The shell waits for the program itself, so that the process id it signals is
// never another's. Postgres sets its own handler for SIGINT, which shells have
// background programs ignore.
const watchScript = `
run=$1
shift
exec 3<&0
"$@" 3<&- </dev/null &
program=$!
{ read -r _ <&3; kill -INT "$program"; exit 0; } 2>/dev/null &
watch=$!
wait "$program"
status=$?
kill "$watch" 2>/dev/null
if wait "$watch" 2>/dev/null; then
  cd /
  rm -rf "$run"
fi
exit "$status"
`

// startProcess runs a program with its output in the log. It runs as the owner,
// in the run folder, and deaf to the caller's libpq settings.
func (f *folders) startProcess(own *owner, program string, args ...string) (*process, error) {
	log, err := os.Create(f.log())
	if err != nil {
		return nil, err
	}
	defer log.Close() //nolint:errcheck // the program has its own handle

	script := []string{"-c", watchScript, "weir-devdb", f.run, program}
	cmd := exec.Command("/bin/sh", append(script, args...)...)
	cmd.Dir = f.run
	cmd.Stdout, cmd.Stderr = log, log
	for _, pair := range os.Environ() {
		if !strings.HasPrefix(pair, "PG") && !strings.HasPrefix(pair, "LC_") {
			cmd.Env = append(cmd.Env, pair)
		}
	}
	cmd.Env = append(cmd.Env, "LC_ALL=C") // transient reads messages
	own.adopt(cmd)

	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{watchdog: cmd, pipe: pipe, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		p.err = cmd.Wait()
	}()
	return p, nil
}

// stop interrupts the program, which for a server means to disconnect everybody
// and shut down. After the timeout it doesn't ask.
func (p *process) stop(timeout time.Duration) error {
	_ = p.pipe.Close() // fails when the program has ended
	select {
	case <-p.done:
		return nil
	case <-time.After(timeout):
	}
	// The watchdog leads the group that the program is in.
	if err := syscall.Kill(-p.watchdog.Process.Pid, syscall.SIGKILL); err != nil {
		return fmt.Errorf("killing the server: %w", err)
	}
	<-p.done
	return nil
}
