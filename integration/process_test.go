package integration_test

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// process is another process of this binary.
type process struct {
	cmd    *exec.Cmd
	exited chan struct{} // closed when it has ended

	mu    sync.Mutex
	stdin io.WriteCloser
}

// startProcess runs this binary with a setting of its own. What it tells goes to
// the ledger. After the test it is killed.
func startProcess(t *testing.T, setting string, config any, ledger *ledger) *process {
	t.Helper()
	text, err := json.Marshal(config)
	require.NoError(t, err)
	executable, err := os.Executable()
	require.NoError(t, err)

	cmd := exec.Command(executable)
	cmd.Env = append(os.Environ(), setting+"="+string(text))
	cmd.Stderr = t.Output()
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())

	p := &process{cmd: cmd, exited: make(chan struct{}), stdin: stdin}
	go func() {
		defer close(p.exited)
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			var e event
			if err := json.Unmarshal(lines.Bytes(), &e); err == nil {
				ledger.add(e)
			}
		}
		_ = cmd.Wait() // how it ended is in the process state
	}()
	t.Cleanup(p.kill)
	return p
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// kill is kill -9. It returns when the process is no more.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.exited
}

// pause is SIGSTOP.
func (p *process) pause(t *testing.T) { p.signal(t, syscall.SIGSTOP) }

// resume is SIGCONT.
func (p *process) resume(t *testing.T) { p.signal(t, syscall.SIGCONT) }

// terminate is SIGTERM.
func (p *process) terminate(t *testing.T) { p.signal(t, syscall.SIGTERM) }

func (p *process) signal(t *testing.T, signal os.Signal) {
	t.Helper()
	require.NoError(t, p.cmd.Process.Signal(signal))
}

// stop ends a process in good order.
func (p *process) stop(t *testing.T) {
	t.Helper()
	p.terminate(t)
	p.awaitLeave(t)
}

// awaitLeave waits until a process that was terminated has ended well.
func (p *process) awaitLeave(t *testing.T) {
	t.Helper()
	select {
	case <-p.exited:
		require.Equal(t, 0, p.cmd.ProcessState.ExitCode())
	case <-time.After(patience):
		t.Fatalf("process %d has not left", p.pid())
	}
}

// open lets bodies of this process through a gate.
func (p *process) open(t *testing.T, gate string) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	_, err := io.WriteString(p.stdin, gate+"\n")
	require.NoError(t, err)
}
