package migrations

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/golang-migrate/migrate/v4/source"
)

//go:embed tables/*.sql functions/*.sql views/*.sql drop_objects.sql
var embedded embed.FS

// released is what this binary needs of a database.
var released = bundle{files: embedded}

// A bundle is one version of the schema: numbered table files, and functions and views as they must be.
type bundle struct{ files fs.FS }

type object struct{ file, sql string }

// versions are the numbers of the table files, ascending.
func (b bundle) versions() ([]int, error) {
	names, err := fs.Glob(b.files, "tables/*.up.sql")
	if err != nil {
		return nil, err
	}
	versions := make([]int, 0, len(names))
	for _, name := range names {
		parsed, err := source.DefaultParse(path.Base(name))
		if err != nil {
			return nil, fmt.Errorf("file %s: %w", name, err)
		}
		versions = append(versions, int(parsed.Version)) //nolint:gosec // a file name's number, checked by a test to be small
	}
	slices.Sort(versions)
	return versions, nil
}

func (b bundle) latest() (int, error) {
	versions, err := b.versions()
	if err != nil || len(versions) == 0 {
		return 0, err
	}
	return versions[len(versions)-1], nil
}

// objects are the function files, then the view files, each by file name: the order of creation.
func (b bundle) objects() ([]object, error) {
	var objects []object
	for _, pattern := range []string{"functions/*.sql", "views/*.sql"} {
		names, err := fs.Glob(b.files, pattern)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			sql, err := fs.ReadFile(b.files, name)
			if err != nil {
				return nil, err
			}
			objects = append(objects, object{file: name, sql: string(sql)})
		}
	}
	return objects, nil
}

// checksum changes with the name or the contents of any object.
func checksum(objects []object) string {
	sum := sha256.New()
	for _, o := range objects {
		fmt.Fprintf(sum, "%s %d\n%s", o.file, len(o.sql), o.sql)
	}
	return hex.EncodeToString(sum.Sum(nil))
}
