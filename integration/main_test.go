// Package integration_test holds the engine to its promises in the way they are
// broken in production: worker processes are killed, paused and cut off, Postgres
// is stopped hard, and answers of commits are lost.
//
// A worker process is this test binary, executed again. It tells what its bodies
// do, as they do it, through its standard output: the ledger. What it is told to
// let go on (gates) comes through its standard input. So neither depends on the
// database that the test takes away.
package integration_test

import (
	"os"
	"testing"

	"github.com/pgweir/weir/internal/testdb"
)

func TestMain(m *testing.M) {
	if config := os.Getenv(envWorker); config != "" {
		os.Exit(workerMain(config))
	}
	if config := os.Getenv(envStarter); config != "" {
		os.Exit(starterMain(config))
	}
	if config := os.Getenv(envTeller); config != "" {
		os.Exit(tellerMain(config))
	}
	testdb.Main(m)
}
