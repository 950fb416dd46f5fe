package demo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"
)

// stopTimeout is how long workers may take to stop before they are killed.
const stopTimeout = 10 * time.Second

// fleet is the worker processes of a demo. A worker lives as long as its standard
// input is open, so none outlives this process.
type fleet struct {
	processes []*process
	stopping  chan struct{} // closed before processes are stopped
	ended     context.Context
	end       context.CancelCauseFunc
}

type process struct {
	number int
	cmd    *exec.Cmd
	stdin  io.Closer
	killed chan struct{} // closed before the process is killed
	done   chan struct{} // closed when the process has ended
}

// startFleet starts the workers. The caller must call stop.
func startFleet(ctx context.Context, config Config, url string) (*fleet, error) {
	f := &fleet{stopping: make(chan struct{})}
	f.ended, f.end = context.WithCancelCause(ctx)
	stderr := &lockedWriter{to: config.Errors}
	for number := 1; number <= workers; number++ {
		p, err := startProcess(number, config.Worker, url, stderr)
		if err != nil {
			f.stop()
			return nil, fmt.Errorf("starting worker %d: %w", number, err)
		}
		f.processes = append(f.processes, p)
		go f.watch(p)
	}
	return f, nil
}

// context ends when a worker ends that nobody stopped or killed.
func (f *fleet) context() context.Context { return f.ended }

func (f *fleet) watch(p *process) {
	<-p.done
	select {
	case <-f.stopping:
	case <-p.killed:
	default:
		f.end(fmt.Errorf("worker %d ended: %s", p.number, p.cmd.ProcessState))
	}
}

// stop ends all workers, which give back what they are running.
func (f *fleet) stop() {
	close(f.stopping)
	for _, p := range f.processes {
		_ = p.stdin.Close() // fails when the process has ended
	}
	timer := time.AfterFunc(stopTimeout, f.killAll)
	defer timer.Stop()
	for _, p := range f.processes {
		<-p.done
	}
	f.end(nil)
}

func (f *fleet) killAll() {
	for _, p := range f.processes {
		_ = p.cmd.Process.Kill() // fails when the process has ended
	}
}

// pids returns the ids of the processes.
func (f *fleet) pids() []int {
	pids := make([]int, len(f.processes))
	for i, p := range f.processes {
		pids[i] = p.cmd.Process.Pid
	}
	return pids
}

// byPID returns the process of that id.
func (f *fleet) byPID(pid int) (*process, error) {
	for _, p := range f.processes {
		if p.cmd.Process.Pid == pid {
			return p, nil
		}
	}
	return nil, fmt.Errorf("no worker has process id %d", pid)
}

func startProcess(number int, command []string, url string, stderr io.Writer) (*process, error) {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = append(os.Environ(), "WEIR_DATABASE_URL="+url) // not an argument, which everybody sees
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	complaints, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{number: number, cmd: cmd, stdin: stdin, killed: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(p.done)
		prefix(stderr, complaints, fmt.Sprintf("worker %d: ", number))
		_ = cmd.Wait() // the state says how it ended
	}()
	return p, nil
}

// kill ends the process with SIGKILL and returns when it is gone.
func (p *process) kill() error {
	close(p.killed)
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("killing worker %d: %w", p.number, err)
	}
	<-p.done
	return nil
}

// prefix copies lines until from ends.
func prefix(to io.Writer, from io.Reader, prefix string) {
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		_, _ = fmt.Fprintln(to, prefix+lines.Text())
	}
	_, _ = io.Copy(io.Discard, from) // what follows a line that is too long
}

// lockedWriter keeps the lines of several processes apart.
type lockedWriter struct {
	mu sync.Mutex
	to io.Writer
}

func (w *lockedWriter) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.to.Write(line)
}
