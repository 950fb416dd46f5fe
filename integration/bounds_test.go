package integration_test

import (
	"os"
	"time"
)

// patience is how long a test waits for what has no bound of its own.
const patience = 40 * time.Second

// bound is a promised time on a machine that has nothing else to do. Under the
// race detector and in CI it is a multiple of that: measured there is the machine.
func bound(promised time.Duration) time.Duration {
	if raceDetector || os.Getenv("CI") != "" {
		return 3*promised + time.Second
	}
	return promised
}
