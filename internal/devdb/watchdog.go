package devdb

import (
	"fmt"
	"io"
	"os/exec"
)

// watchdog ends the server and removes its run folder when this process dies.
type watchdog struct {
	cmd  *exec.Cmd
	pipe io.WriteCloser
}

// watchScript waits for a line on its input. A line means that the parent has
// cleaned up itself; the end of the input without one, that the parent is dead.
//
// It goes by the data folder, not by a process id that may be another's by now.
// A parent that dies within the server's first moments leaves no postmaster.pid
// yet; the second look is for that one.
const watchScript = `
read -r _ && exit 0
for _ in 1 2; do
  if [ -e "$2/postmaster.pid" ]; then
    "$1" stop -D "$2" -m fast -w -t 10 || "$1" stop -D "$2" -m immediate -w
    break
  fi
  sleep 1
done
cd /
rm -rf "$3"
`

func startWatchdog(found binaries, dirs *folders, own *owner) (*watchdog, error) {
	cmd := found.command(dirs, own, "")
	cmd.Path = "/bin/sh"
	cmd.Args = []string{"sh", "-c", watchScript, "weir-devdb-watchdog", found.program("pg_ctl"), dirs.data, dirs.run}
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("starting the watchdog: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the watchdog: %w", err)
	}
	return &watchdog{cmd: cmd, pipe: pipe}, nil
}

// dismiss tells the watchdog that there is nothing left to clean up.
func (w *watchdog) dismiss() error {
	if _, err := io.WriteString(w.pipe, "done\n"); err != nil {
		return fmt.Errorf("dismissing the watchdog: %w", err)
	}
	return w.cmd.Wait()
}
