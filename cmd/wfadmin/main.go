// Wfadmin is Weir's maintenance command: it prepares databases, checks them, and
// shows Weir at work. "wfadmin help" lists the commands and the exit codes.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/pgweir/weir/cmd/wfadmin/internal/show"
)

func main() {
	// After the first signal the next one ends the process the hard way.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)

	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run executes a command line and returns the process's exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := rootCommand()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)

	err := root.ExecuteContext(ctx)
	code := exitCode(err)
	switch code {
	case exitOK:
	case exitInterrupted:
		_, _ = fmt.Fprintln(stderr, "wfadmin: interrupted")
	default:
		complain(stderr, err)
	}
	return code
}

func complain(stderr io.Writer, err error) {
	_, _ = fmt.Fprintln(stderr, "wfadmin:", show.EscapeLines(err.Error()))
	if hint := hint(err); hint != "" {
		_, _ = fmt.Fprintln(stderr, hint)
	}
}
