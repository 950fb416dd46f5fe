package queue

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
)

// childEnv makes the test binary a worker process on the database it names. It
// runs steps that never end, until its standard input is closed.
const childEnv = "WEIR_QUEUE_TEST_CHILD"

func childMain(url string) int {
	ctx := context.Background()

	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return 1
	}
	defer pool.Close()

	r := newTestRunner(pool)
	r.body = untilCancelled
	w, err := New(Config{
		Pool:      pool,
		Functions: []string{testFunction},
		Queues:    map[string]int{queueDefault: 10},
		Run:       r.run,
		Held:      r.held,
	})
	if err != nil {
		return 1
	}
	w.signals.init()
	r.lost = w.ReportLost

	if err := w.Start(ctx); err != nil {
		return 1
	}

	go func() {
		for {
			select {
			case id := <-w.signals.began.ch:
				fmt.Println("began", id)
			case reason := <-w.signals.fenced.ch:
				fmt.Println("fenced", reason)
			case step := <-r.started:
				fmt.Println("step", step.Workflow, step.Step)
			}
		}
	}()

	_, _ = io.Copy(io.Discard, os.Stdin)

	return 0
}

// child is a worker process.
type child struct {
	cmd   *exec.Cmd
	lines chan string
}

func startChild(t *testing.T, url string) *child {
	t.Helper()

	executable, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(executable)
	cmd.Env = append(os.Environ(), childEnv+"="+url)
	cmd.Stderr = t.Output()
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())

	c := &child{cmd: cmd, lines: make(chan string, 100)}
	read := make(chan struct{})
	go func() {
		defer close(read)
		for scanner := bufio.NewScanner(stdout); scanner.Scan(); {
			c.lines <- scanner.Text()
		}
	}()
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Process.Kill()
		<-read
		_ = cmd.Wait()
	})

	return c
}

// await returns what follows the word in the next line that begins with it.
func (c *child) await(t *testing.T, word string) string {
	t.Helper()

	for {
		line := receive(t, c.lines)
		if len(line) > len(word) && line[:len(word)+1] == word+" " {
			return line[len(word)+1:]
		}
	}
}
