package migrations

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/riverqueue/river/rivermigrate"
)

// Direction of a script.
type Direction string

// The directions that SQL knows.
const (
	DirectionUp   Direction = "up"
	DirectionDown Direction = "down"
)

// SQL returns the whole of Up, for a database without Weir, or of Down, for a database at this binary's
// version, as one script for people who run it themselves: psql -X -v ON_ERROR_STOP=1 -f script.sql.
//
// The script waits for the same lock and records the same versions as Up, which afterwards finds nothing
// to do. Run against another state it fails at once and changes nothing. It is several transactions, each
// of which records what it did; when one fails, Up, or Down, goes on from there, once the script's session
// has ended: the lock is that session's.
func SQL(direction Direction) (string, error) {
	switch direction {
	case DirectionUp:
		return released.upScript()
	case DirectionDown:
		return released.downScript()
	}
	return "", fmt.Errorf("direction is %q, not %q or %q", direction, DirectionUp, DirectionDown)
}

// script gathers the parts; the first error is kept and ends the gathering.
type script struct {
	text strings.Builder
	err  error
}

func newScript(title string) *script {
	s := &script{}
	s.text.WriteString("-- " + title + "\n\n")
	s.add("", fmt.Sprintf("do $$ begin perform pg_catalog.pg_advisory_lock(%d); end $$", lockKey))
	s.add("", "set check_function_bodies = off")
	s.add("", "set client_min_messages = warning")
	s.add("", "set search_path = ''")
	s.add("", "begin")
	return s
}

// newTransaction separates what can't be in one: an enum's new value is used only after its commit.
func (s *script) newTransaction() { s.add("", "commit;\nbegin") }

func (s *script) add(title, sql string) {
	if title != "" {
		s.text.WriteString("\n-- " + title + "\n")
	}
	sql = strings.Trim(sql, "\n ")
	s.text.WriteString(sql)
	if !strings.HasSuffix(sql, ";") {
		s.text.WriteString("\n;") // on its own line: the last one may be a comment
	}
	s.text.WriteString("\n")
}

func (s *script) addFile(files fs.FS, name string) {
	sql, err := fs.ReadFile(files, name)
	if err != nil && s.err == nil {
		s.err = err
	}
	s.add(name, string(sql))
}

func (s *script) end() (string, error) {
	s.add("", "commit")
	s.add("", "reset check_function_bodies")
	s.add("", "reset client_min_messages")
	s.add("", "reset search_path")
	s.add("", fmt.Sprintf("do $$ begin perform pg_catalog.pg_advisory_unlock(%d); end $$", lockKey))
	return s.text.String(), s.err
}

func (b bundle) upScript() (string, error) {
	river, err := riverMigrations()
	if err != nil {
		return "", err
	}
	objects, err := b.objects()
	if err != nil {
		return "", err
	}
	latest, err := b.latest()
	if err != nil {
		return "", err
	}
	s := newScript("Creates Weir in a database without it.")
	s.add("", "create schema weir")
	s.add("", "create schema weir_internal")
	for _, m := range river {
		s.add(fmt.Sprintf("River %d: %s", m.Version, m.Name), inSchema(m.SQLUp))
		s.add("", riverRecord(m.Version))
		s.newTransaction()
	}
	s.addTables(b.files, DirectionUp)
	s.add("Weir's version", fmt.Sprintf(`create table weir_internal.schema_migrations (version bigint not null primary key, dirty boolean not null);
insert into weir_internal.schema_migrations (version, dirty) values (%d, false)`, latest))
	for _, o := range objects {
		s.add(o.file, o.sql)
	}
	s.add("the version of functions and views", fmt.Sprintf(`insert into weir_internal.schema_objects (checksum) values ('%s')`, checksum(objects)))
	return s.end()
}

func (b bundle) downScript() (string, error) {
	river, err := riverMigrations()
	if err != nil {
		return "", err
	}
	s := newScript("Removes Weir, with all its data.")
	s.addFile(b.files, "drop_objects.sql")
	s.addTables(b.files, DirectionDown)
	s.add("", "drop table weir_internal.schema_migrations")
	for _, m := range slices.Backward(river) {
		s.add(fmt.Sprintf("River %d: %s", m.Version, m.Name), inSchema(m.SQLDown))
	}
	s.add("", "drop schema weir")
	s.add("", "drop schema weir_internal")
	return s.end()
}

// addTables adds the table files of a direction in its order.
func (s *script) addTables(files fs.FS, direction Direction) {
	names, err := fs.Glob(files, "tables/*."+string(direction)+".sql")
	if err != nil && s.err == nil {
		s.err = err
	}
	if direction == DirectionDown {
		slices.Reverse(names)
	}
	for _, name := range names {
		s.addFile(files, name)
	}
}

// riverMigrations are River's up to the pinned version.
func riverMigrations() ([]rivermigrate.Migration, error) {
	migrator, err := riverMigrator(nil)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(migrator.AllVersions(), func(m rivermigrate.Migration) bool { return m.Version > RiverVersion }), nil
}

// riverRecord is what River's migrator records in the version's own transaction.
func riverRecord(version int) string {
	const withLine = 5 // from this version on
	if version < withLine {
		return fmt.Sprintf("insert into weir_internal.river_migration (version) values (%d)", version)
	}
	return fmt.Sprintf("insert into weir_internal.river_migration (line, version) values ('main', %d)", version)
}

func inSchema(sql string) string {
	return strings.ReplaceAll(sql, "/* TEMPLATE: schema */", "weir_internal.")
}
