package migrations_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/migrations"
)

// upEnv makes the test binary a process that only calls Up.
const upEnv = "WEIR_TEST_UP"

func upAndExit(url string) {
	config, err := pgx.ParseConfig(url)
	if err == nil {
		err = migrations.Up(context.Background(), config)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func TestConcurrentProcessesAllSucceed(t *testing.T) {
	t.Parallel()
	config := setup(t)
	concurrently(t, 4, func(ctx context.Context) error {
		command := exec.CommandContext(ctx, os.Args[0]) //nolint:gosec // this test binary
		command.Env = append(os.Environ(), upEnv+"="+config.ConnString())
		output, err := command.CombinedOutput()
		if err != nil {
			return fmt.Errorf("%w: %s", err, output)
		}
		return nil
	})
	require.NoError(t, migrations.Verify(t.Context(), config))
}
