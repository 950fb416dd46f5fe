package testdb

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

// EnvURL names the environment variable with the URL of the server to use, as a
// user who may create databases.
const EnvURL = "WEIR_TEST_DATABASE_URL"

// Main runs the package's tests, stops the server if this process started one,
// fails if goroutines are left behind, and exits.
func Main(m *testing.M) {
	goleak.VerifyTestMain(stopping{m})
}

// stopping runs the tests and then stops the server, so that none of its
// goroutines are there when goleak looks.
type stopping struct{ m *testing.M }

func (s stopping) Run() int {
	code := s.m.Run()
	if shared.server == nil {
		return code
	}
	if err := shared.server.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, "test server:", err)
		return max(code, 1)
	}
	return code
}

// shared is the one server of a process that was given none.
var shared struct {
	once   sync.Once
	server *Server
	err    error
}

func sharedURL(t testing.TB) string {
	t.Helper()
	if url := os.Getenv(EnvURL); url != "" {
		return url
	}
	shared.once.Do(func() {
		shared.server, shared.err = StartServer(context.Background(), ServerConfig{Output: os.Stderr})
	})
	if shared.err != nil {
		t.Fatalf("testdb: %v", shared.err)
	}
	return shared.server.URL()
}
