package jobs

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/internal/testdb"
	"github.com/pgweir/weir/sdk"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// setup returns a client that runs all steps.
func setup(t *testing.T) *sdk.Client {
	t.Helper()
	client, err := sdk.New(sdk.Config{Pool: testdb.New(t), Handlers: Handlers()})
	require.NoError(t, err)
	require.NoError(t, client.Start(t.Context()))
	t.Cleanup(func() {
		violations, err := client.Check(context.Background())
		require.NoError(t, err)
		require.Empty(t, violations)
		require.NoError(t, client.Stop(context.Background()))
	})
	return client
}

// write makes files of a tree, by their paths.
func write(t *testing.T, files map[string]string) (root string) {
	t.Helper()
	root = t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	return root
}

var source = map[string]string{
	"go.mod":          "module m\n",
	"a/a.go":          "package a\n\nconst One = 1\n",
	"a/b.go":          "package a",
	"a/deep/er/x.go":  "",
	"a.b/c.go":        "package ab\n",
	"new\nline/x.go":  "package x\n",
	"empty/only/.dir": "\n\n\n",
}

func TestTripIsBookedWithOneRetryAndOneFailureCaught(t *testing.T) {
	t.Parallel()
	trip, err := sdk.Run(t.Context(), setup(t), PlanTrip(), sdk.StartOpts{})
	require.NoError(t, err)
	require.Equal(t, Trip{
		Bookings: []Booking{
			{What: "flight OAK-SAN", Attempt: 1},
			{What: "flight SAN-OAK", Attempt: 2},
			{What: "hotel Harbor Inn", Attempt: 1},
		},
		Declined: "no room is free",
	}, trip)
}

func TestScanAsAWorkflowEqualsADirectScan(t *testing.T) {
	t.Parallel()
	client, root := setup(t), write(t, source)
	direct, err := Scan(t.Context(), root)
	require.NoError(t, err)
	report, err := sdk.Run(t.Context(), client, ScanTree(Tree{Dir: root, Pace: time.Millisecond}), sdk.StartOpts{})
	require.NoError(t, err)
	require.Equal(t, direct, report)
	require.Equal(t, Report{Packages: 6, Files: 7, Lines: 9, Bytes: 67, SHA256: report.SHA256}, report)
}

func TestScanOfAnEmptyFolderIsAReport(t *testing.T) {
	t.Parallel()
	client, root := setup(t), t.TempDir()
	report, err := sdk.Run(t.Context(), client, ScanTree(Tree{Dir: root}), sdk.StartOpts{})
	require.NoError(t, err)
	require.Equal(t, Join(nil), report)
}

func TestScanOfAMissingFolderFailsAtOnce(t *testing.T) {
	t.Parallel()
	client := setup(t)
	for name, dir := range map[string]string{
		"no such file or directory": filepath.Join(t.TempDir(), "gone"),
		"not a folder":              filepath.Join(write(t, source), "go.mod"),
	} {
		_, err := sdk.Run(t.Context(), client, ScanTree(Tree{Dir: dir}), sdk.StartOpts{})
		var failed *sdk.StepError
		require.ErrorAs(t, err, &failed)
		require.Equal(t, "list_packages", failed.Step)
		require.Equal(t, 1, failed.Attempts)
		require.Contains(t, failed.Message, name)
	}
}

func TestPackagesAreTheFoldersThatHoldFiles(t *testing.T) {
	t.Parallel()
	paths, err := Packages(write(t, source))
	require.NoError(t, err)
	require.Equal(t, []string{".", "a", "a.b", "a/deep/er", "empty/only", "new\nline"}, paths)
}

func TestPackagesFollowsALinkToTheTreeAndNoneInIt(t *testing.T) {
	t.Parallel()
	root := write(t, map[string]string{"a/a.go": ""})
	require.NoError(t, os.Symlink(filepath.Join(root, "a"), filepath.Join(root, "b")))
	require.NoError(t, os.Symlink("a.go", filepath.Join(root, "a", "link.go")))
	link := filepath.Join(t.TempDir(), "link")
	require.NoError(t, os.Symlink(root, link))

	paths, err := Packages(link)
	require.NoError(t, err)
	require.Equal(t, []string{"a"}, paths)
	counted, err := Count(link, "a")
	require.NoError(t, err)
	require.Equal(t, 1, counted.Files)
}

func TestPackagesRefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	_, err := Packages(filepath.Join(t.TempDir(), "gone"))
	require.ErrorIs(t, err, fs.ErrNotExist)
	_, err = Packages(filepath.Join(write(t, source), "go.mod"))
	require.ErrorIs(t, err, ErrNotFolder)
	_, err = Packages(write(t, map[string]string{"\xff/x.go": ""}))
	require.ErrorIs(t, err, ErrNotText)
}

func TestJoinDoesNotDependOnTheOrder(t *testing.T) {
	t.Parallel()
	packages := []Package{{Path: "a", Files: 1, SHA256: "1"}, {Path: "b", Files: 2, SHA256: "2"}, {Path: "c", SHA256: "3"}}
	joined := Join(packages)
	slices.Reverse(packages)
	require.Equal(t, joined, Join(packages))
	packages[0].SHA256 = "4"
	require.NotEqual(t, joined, Join(packages))
}

func TestStepNamesAreWhatADatabaseTakes(t *testing.T) {
	t.Parallel()
	require.Equal(t, "count net/http", stepName("net/http"))
	require.Empty(t, stepName("new\nline"))
	require.Empty(t, stepName(fmt.Sprintf("%0255d", 1)))
}
