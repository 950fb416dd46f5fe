// Testserver runs a command, such as go test, with one Postgres server for all
// of it:
//
//	go run ./internal/testserver [-image postgres:17-alpine] [-require-container] -- go test ./...
//
// The server is the one that WEIR_TEST_DATABASE_URL names, or a new container, or
// a private one where there is no Docker. It says which, and exits as the command
// does.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"github.com/pgweir/weir/internal/testdb"
)

const (
	exitFailed = 1
	exitUsage  = 2
)

// killDelay is how long an interrupted command may take to end.
const killDelay = 10 * time.Second

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Getenv(testdb.EnvURL), os.Args[1:], os.Stdout, os.Stderr)
	cancel()
	os.Exit(code)
}

func run(ctx context.Context, given string, args []string, stdout, stderr io.Writer) int {
	config := testdb.ServerConfig{URL: given, Output: stdout}
	flags := flag.NewFlagSet("testserver", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&config.Image, "image", testdb.DefaultImage, "container `image`")
	flags.BoolVar(&config.RequireContainer, "require-container", false, "fail where a container can't be started")
	if err := flags.Parse(args); err != nil {
		return exitUsage
	}
	if flags.NArg() == 0 {
		fmt.Fprintln(stderr, "testserver: no command given")
		return exitUsage
	}

	code, err := serve(ctx, config, flags.Args(), stdout, stderr)
	if err != nil {
		fmt.Fprintln(stderr, "testserver:", err)
		return max(code, exitFailed)
	}
	return code
}

// serve returns the command's exit code.
func serve(ctx context.Context, config testdb.ServerConfig, command []string, stdout, stderr io.Writer) (code int, err error) {
	server, err := testdb.StartServer(ctx, config)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()

	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append(os.Environ(), testdb.EnvURL+"="+server.URL())
	cmd.Stdout, cmd.Stderr = stdout, stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = killDelay

	err = cmd.Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.Exited() {
		return exit.ExitCode(), nil
	}
	return 0, err
}
