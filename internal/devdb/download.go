package devdb

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	embeddedpostgres "github.com/fergusstrange/embedded-postgres"
)

// downloader fetches server programs once and keeps them.
type downloader struct {
	cache      string // folder
	repository string // Maven repository; "" = Maven Central
}

// downloads are the versions that can be fetched, by major version.
var downloads = map[int]embeddedpostgres.PostgresVersion{
	14: embeddedpostgres.V14,
	15: embeddedpostgres.V15,
	16: embeddedpostgres.V16,
	17: embeddedpostgres.V17,
	18: embeddedpostgres.V18,
}

// preferred is what is fetched when any version will do.
const preferred = 17

func newDownloader() *downloader {
	// The server's user must be able to read what root fetched.
	cache := "/var/cache"
	if os.Geteuid() != 0 {
		var err error
		if cache, err = os.UserCacheDir(); err != nil {
			cache = os.TempDir()
		}
	}
	return &downloader{cache: filepath.Join(cache, "weir", "postgres")}
}

// fetch returns the folder of the programs, which it downloads if they aren't in
// the cache.
func (d *downloader) fetch(ctx context.Context, major int) (string, error) {
	if major == 0 {
		major = preferred
	}
	version, ok := downloads[major]
	if !ok {
		return "", fmt.Errorf("version %d is not offered", major)
	}
	home := filepath.Join(d.cache, string(version))
	if exists(home) {
		return filepath.Join(home, "bin"), nil
	}
	if err := os.MkdirAll(d.cache, 0o755); err != nil {
		return "", err
	}
	work, err := os.MkdirTemp(d.cache, "fetch-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(work) //nolint:errcheck // a cache; the next fetch has its own folder

	unpacked := filepath.Join(work, "unpacked")
	if err := d.unpack(ctx, version, work, unpacked); err != nil {
		return "", err
	}
	// The rename makes it visible whole. One that lost the race finds it there.
	if err := os.Rename(unpacked, home); err != nil && !exists(home) {
		return "", err
	}
	return filepath.Join(home, "bin"), nil
}

// unpack has the library download and unpack. The library can only start a
// server whole, which fails here on purpose, and as root anyway: its data folder
// can't be made below a file. By then the programs are where they should be.
func (d *downloader) unpack(ctx context.Context, version embeddedpostgres.PostgresVersion, work, into string) error {
	blocker := filepath.Join(work, "blocker")
	if err := os.WriteFile(blocker, nil, 0o600); err != nil {
		return err
	}
	port, err := freePort(0)
	if err != nil {
		return err
	}
	config := embeddedpostgres.DefaultConfig().Version(version).Port(uint32(port)).Logger(io.Discard).
		CachePath(work).BinariesPath(into).RuntimePath(filepath.Join(work, "runtime")).
		DataPath(filepath.Join(blocker, "data"))
	if d.repository != "" {
		config = config.BinaryRepositoryURL(d.repository)
	}

	ended := make(chan error, 1)
	go func() { ended <- embeddedpostgres.NewDatabase(config).Start() }()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case err = <-ended:
	}
	if exists(filepath.Join(into, "bin", "postgres")) {
		return nil
	}
	return err
}
