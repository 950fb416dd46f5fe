package main

import (
	"bufio"
	"bytes"
	"os"
	osexec "os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/internal/testdb"
)

// awaitTimeout bounds what a test waits for, on a busy machine.
const awaitTimeout = 30 * time.Second

// demoProcess is a demo that runs as a process.
type demoProcess struct {
	cmd    *osexec.Cmd
	lines  *bufio.Scanner
	stdout strings.Builder
	stderr bytes.Buffer
}

func startDemo(t *testing.T, url string, args ...string) *demoProcess {
	t.Helper()
	p := &demoProcess{cmd: osexec.Command(os.Args[0], append([]string{"demo"}, args...)...)}
	p.cmd.Env = append(os.Environ(), databaseEnv+"="+url, asCommand+"=yes")
	p.cmd.Stderr = &p.stderr
	stdout, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	p.lines = bufio.NewScanner(stdout)
	require.NoError(t, p.cmd.Start())
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	return p
}

// await reads until a line matches, and returns the match.
func (p *demoProcess) await(t *testing.T, pattern string) []string {
	t.Helper()
	expression := regexp.MustCompile(pattern)
	for p.lines.Scan() {
		p.stdout.WriteString(p.lines.Text() + "\n")
		if match := expression.FindStringSubmatch(p.lines.Text()); match != nil {
			return match
		}
	}
	_ = p.cmd.Wait()
	t.Fatalf("no line matches %s:\n%s\n%s", pattern, p.stdout.String(), p.stderr.String())
	return nil
}

func (p *demoProcess) wait() output {
	for p.lines.Scan() {
		p.stdout.WriteString(p.lines.Text() + "\n")
	}
	_ = p.cmd.Wait()
	return output{code: p.cmd.ProcessState.ExitCode(), stdout: p.stdout.String(), stderr: p.stderr.String()}
}

// workers returns the process ids that the demo prints.
func (p *demoProcess) workers(t *testing.T) []int {
	t.Helper()
	match := p.await(t, `worker processes, .*\[([\d ]+)\]`)
	var pids []int
	for _, field := range strings.Fields(match[1]) {
		pid, err := strconv.Atoi(field)
		require.NoError(t, err)
		pids = append(pids, pid)
	}
	require.Len(t, pids, 3)
	return pids
}

func TestDemoHolds(t *testing.T) {
	t.Parallel()
	url, dir := testdb.URL(t), tree(t, 300, "")
	got := startDemo(t, url, "--dir", dir, "--within", "10s").wait() // a busy machine is slow
	require.Equal(t, exitOK, got.code, "%s\n%s", got.stdout, got.stderr)
	require.Contains(t, got.stdout, "is killed with SIGKILL while it runs")
	require.Contains(t, got.stdout, "300 packages, 300 files, 900 lines")
	require.Equal(t, 4, strings.Count(got.stdout, "\nok "), got.stdout)
	require.Equal(t, exitOK, wfadmin(t, on(url, "check")...).code)

	var successful, lost int
	conn := connect(t, url)
	require.NoError(t, conn.QueryRow(t.Context(), "select count(*) from weir.workflows where status = 'SUCCESSFUL'").Scan(&successful))
	require.Equal(t, 2, successful)
	require.NoError(t, conn.QueryRow(t.Context(), "select count(*) from weir.attempts where lost").Scan(&lost))
	require.Positive(t, lost)
}

func TestInterruptedDemoLeavesNothing(t *testing.T) {
	t.Parallel()
	p := startDemo(t, "", "--dir", tree(t, 100, ""))
	pids := p.workers(t)
	p.await(t, "^2. A scan")
	require.NoError(t, p.cmd.Process.Signal(os.Interrupt))
	got := p.wait()
	require.Equal(t, exitInterrupted, got.code)
	require.Equal(t, "wfadmin: interrupted\n", got.stderr)
	for _, pid := range pids {
		require.ErrorIs(t, syscall.Kill(pid, 0), syscall.ESRCH)
	}
}

func TestWorkersEndWithAKilledDemo(t *testing.T) {
	t.Parallel()
	url := testdb.URL(t)
	p := startDemo(t, url, "--dir", tree(t, 100, ""))
	p.workers(t)
	require.NoError(t, p.cmd.Process.Kill())
	p.wait()

	conn := connect(t, url)
	require.Eventually(t, func() bool {
		var workers int
		err := conn.QueryRow(t.Context(), "select count(*) from weir.workers").Scan(&workers)
		return err == nil && workers == 0
	}, awaitTimeout, 20*time.Millisecond)
}

func TestDemoEndsWithAWorkerThatEndsUnasked(t *testing.T) {
	t.Parallel()
	p := startDemo(t, testdb.URL(t), "--dir", tree(t, 100, ""))
	pid := p.workers(t)[1]
	require.NoError(t, syscall.Kill(pid, syscall.SIGTERM))
	got := p.wait()
	require.Equal(t, exitFailed, got.code, got.stdout)
	require.Contains(t, got.stderr, "worker 2 ended")
}

func TestDemoOnAnUnusableDatabaseSaysSo(t *testing.T) {
	t.Parallel()
	dir := tree(t, 100, "")
	require.Equal(t, exitServer, startDemo(t, "postgres://127.0.0.1:1/weir", "--dir", dir).wait().code)
	newer := altered("update weir_internal.schema_migrations set version = 999")(t)
	require.Equal(t, exitSchema, startDemo(t, newer, "--dir", dir).wait().code)
}
