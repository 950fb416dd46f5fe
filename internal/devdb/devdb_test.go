package devdb

import (
	"bufio"
	"context"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// envParent makes the test binary the parent of a server, to be killed.
const envParent = "WEIR_TEST_DEVDB_PARENT"

func TestMain(m *testing.M) {
	if os.Getenv(envParent) != "" {
		beParent()
	}
	goleak.VerifyTestMain(m)
}

// beParent starts a server, prints its URL and its run folder, and waits to be
// killed.
func beParent() {
	db, err := Start(context.Background(), Config{Dir: os.Getenv(envDir)})
	if err != nil {
		println("start:", err.Error())
		os.Exit(1)
	}
	os.Stdout.WriteString(db.URL() + "\n" + db.folders.run + "\n") //nolint:errcheck // the test waits for it
	select {}
}

const envDir = "WEIR_TEST_DEVDB_DIR"

func TestStart(t *testing.T) {
	t.Parallel()

	t.Run("ServesUntilStopped", func(t *testing.T) {
		t.Parallel()
		db := start(t, Config{})

		var version string
		query(t, db.URL(), "show server_version", &version)
		require.True(t, strings.HasPrefix(version, db.Version()), "%q and %q", version, db.Version())
		var fsync string
		query(t, db.URL(), "show fsync", &fsync)
		require.Equal(t, "on", fsync)

		require.NoError(t, db.Stop())
		_, err := pgx.Connect(t.Context(), db.URL())
		require.Error(t, err)
		require.NoDirExists(t, db.folders.run)
		require.NoError(t, db.Stop(), "stopping twice")
	})

	t.Run("TakesSettings", func(t *testing.T) {
		t.Parallel()
		db := start(t, Config{Settings: map[string]string{"fsync": "off", "application_name": "with 'quotes' and spaces"}})

		var fsync, name string
		query(t, db.URL(), "show fsync", &fsync)
		query(t, db.URL(), "select reset_val from pg_settings where name = 'application_name'", &name)
		require.Equal(t, "off", fsync)
		require.Equal(t, "with 'quotes' and spaces", name)
	})

	t.Run("AsksForThePassword", func(t *testing.T) {
		t.Parallel()
		db := start(t, Config{})

		_, err := pgx.Connect(t.Context(), strings.Replace(db.URL(), db.folders.password, "guess", 1))
		require.ErrorContains(t, err, "password authentication failed")
	})

	t.Run("KeepsItsFolderPrivate", func(t *testing.T) {
		t.Parallel()
		db := start(t, Config{})

		info, err := os.Stat(db.folders.run)
		require.NoError(t, err)
		require.Equal(t, fs.FileMode(0o700), info.Mode().Perm())
		require.FileExists(t, filepath.Join(db.folders.run, ".s.PGSQL."+strconv.Itoa(db.port)+".lock"))
	})

	t.Run("TakesNoOtherServerForItsOwn", func(t *testing.T) {
		t.Parallel()
		db := start(t, Config{})
		ended := &process{done: make(chan struct{})}
		close(ended.done)

		late := &DB{port: db.port, server: ended, folders: &folders{run: t.TempDir(), password: db.folders.password}}
		require.ErrorIs(t, late.awaitReady(t.Context()), errEnded)
	})

	t.Run("SaysWhyTheServerEnded", func(t *testing.T) {
		t.Parallel()

		_, err := Start(t.Context(), Config{Settings: map[string]string{"no_such_setting": "on"}})
		require.ErrorContains(t, err, "no_such_setting")
	})

	t.Run("EndsWithItsContext", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()

		_, err := Start(ctx, Config{})
		require.ErrorIs(t, err, context.Canceled)
	})
}

func TestDir(t *testing.T) {
	t.Parallel()

	t.Run("KeepsTheData", func(t *testing.T) {
		t.Parallel()
		dir := filepath.Join(openDir(t), "new", "data")

		db := start(t, Config{Dir: dir})
		var made int
		query(t, db.URL(), "create table kept as select 42 as n", nil)
		require.NoError(t, db.Stop())

		again := start(t, Config{Dir: dir})
		query(t, again.URL(), "select n from kept", &made)
		require.Equal(t, 42, made)
	})

	t.Run("KeepsTheURL", func(t *testing.T) {
		t.Parallel()
		dir := openDir(t)
		db := start(t, Config{Dir: dir})
		require.NoError(t, db.Stop())

		again := start(t, Config{Dir: dir})
		require.Equal(t, db.URL(), again.URL())
	})

	t.Run("TakesAnotherPortWhereItsOwnIsTaken", func(t *testing.T) {
		t.Parallel()
		dir := openDir(t)
		db := start(t, Config{Dir: dir})
		require.NoError(t, db.Stop())
		listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(db.port)))
		require.NoError(t, err)
		defer listener.Close() //nolint:errcheck // nobody knocks

		again := start(t, Config{Dir: dir})
		require.NotEqual(t, db.port, again.port)
	})

	t.Run("RefusesAFolderOfSomethingElse", func(t *testing.T) {
		t.Parallel()
		dir := openDir(t)
		require.NoError(t, os.WriteFile(filepath.Join(dir, "thesis.txt"), nil, 0o600))

		_, err := Start(t.Context(), Config{Dir: dir})
		require.ErrorIs(t, err, ErrNotData)
		require.ErrorContains(t, err, "thesis.txt")
	})

	t.Run("RefusesAFile", func(t *testing.T) {
		t.Parallel()
		file := filepath.Join(openDir(t), "file")
		require.NoError(t, os.WriteFile(file, nil, 0o600))

		_, err := Start(t.Context(), Config{Dir: file})
		require.ErrorContains(t, err, "not a directory")
	})

	t.Run("RefusesAFolderThatTheServersUserCanNotEnter", func(t *testing.T) {
		t.Parallel()
		if os.Geteuid() != 0 {
			t.Skip("the server's user is the caller")
		}
		closed := openDir(t)
		require.NoError(t, os.Chmod(closed, 0o700))

		_, err := Start(t.Context(), Config{Dir: filepath.Join(closed, "data")})
		require.ErrorContains(t, err, "may not enter "+closed)
	})

	t.Run("RefusesDataThatIsInUse", func(t *testing.T) {
		t.Parallel()
		dir := openDir(t)
		db := start(t, Config{Dir: dir})

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := Start(ctx, Config{Dir: dir})
		require.ErrorContains(t, err, `lock file "postmaster.pid" already exists`)

		var one int
		query(t, db.URL(), "select 1", &one)
	})

	t.Run("NeedsServersOfTheDatasVersion", func(t *testing.T) {
		t.Parallel()
		dir := openDir(t)
		require.NoError(t, os.Mkdir(filepath.Join(dir, "data"), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "data", "PG_VERSION"), []byte("8\n"), 0o600))
		require.NoError(t, os.WriteFile(filepath.Join(dir, passwordName), []byte("secret\n"), 0o600))

		_, err := Start(t.Context(), Config{Dir: dir})
		require.ErrorIs(t, err, ErrNoServer)
		require.ErrorContains(t, err, "the data is of version 8")
	})
}

func TestKilledParent(t *testing.T) {
	t.Parallel()

	t.Run("TakesTheServerAndItsFolderAlong", func(t *testing.T) {
		t.Parallel()
		url, run := killParent(t, "")

		awaitGone(t, url, run)
	})

	t.Run("LeavesKeptDataThatOpensAgainAtOnce", func(t *testing.T) {
		t.Parallel()
		dir := openDir(t)
		url, run := killParent(t, dir)

		db := start(t, Config{Dir: dir})
		var kept int
		query(t, db.URL(), "select n from kept", &kept)
		require.Equal(t, 42, kept)
		require.NoError(t, db.Stop()) // it may have the port of the one before
		awaitGone(t, url, run)
	})
}

// killParent has another process start a server, writes into it, and kills that
// process with SIGKILL.
func killParent(t *testing.T, dir string) (url, run string) {
	t.Helper()

	self, err := os.Executable()
	require.NoError(t, err)
	parent := exec.Command(self)
	parent.Env = append(os.Environ(), envParent+"=1", envDir+"="+dir)
	parent.Stderr = os.Stderr
	out, err := parent.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, parent.Start())
	t.Cleanup(func() { _ = parent.Process.Kill() }) // fails when it was killed

	lines := bufio.NewScanner(out)
	require.True(t, lines.Scan(), "the parent has not started a server")
	url = lines.Text()
	require.True(t, lines.Scan())
	run = lines.Text()

	query(t, url, "create table kept as select 42 as n", nil)
	require.NoError(t, parent.Process.Kill())
	require.Error(t, parent.Wait(), "killed")
	return url, run
}

func awaitGone(t *testing.T, url, run string) {
	t.Helper()
	config, err := pgx.ParseConfig(url)
	require.NoError(t, err)
	address := net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port)))
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			_ = conn.Close() // it was only a knock
		}
		return err != nil && !exists(run)
	}, 10*time.Second, 20*time.Millisecond)
}

func start(t *testing.T, config Config) *DB {
	t.Helper()
	db, err := Start(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Stop()) })
	return db
}

// query runs one statement, and scans its only value if into isn't nil.
func query(t *testing.T, url, sql string, into any) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	if into == nil {
		_, err = conn.Exec(t.Context(), sql)
	} else {
		err = conn.QueryRow(t.Context(), sql).Scan(into)
	}
	require.NoError(t, err)
}

// openDir returns a temporary folder that other users may enter, which those of
// t.TempDir are not.
func openDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "weir-devdb-test-")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o755))
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return dir
}
