package queue

import (
	"os"
	"testing"

	"github.com/pgweir/weir/internal/testdb"
)

func TestMain(m *testing.M) {
	if url := os.Getenv(childEnv); url != "" {
		os.Exit(childMain(url))
	}

	testdb.Main(m)
}
