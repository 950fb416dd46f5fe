package migrations

import "fmt"

// What status asks.
const (
	serverSQL = `select
  current_setting('server_version') as version,
  current_setting('server_version_num')::int as number,
  pg_is_in_recovery() or current_setting('transaction_read_only')::bool as read_only`

	tablesSQL = `select greatest(version, 0) as version, dirty
from weir_internal.schema_migrations`

	riverSQL = `select coalesce(max(version), 0) as version
from weir_internal.river_migration`

	objectsSQL = `select checksum
from weir_internal.schema_objects`
)

// StatusSQL returns the queries of Status, Verify and VerifyConn as a script for people who look
// themselves: psql -X -f script.sql. Each stands there as it is run, under a line that tells what it shows
// and what this binary needs.
//
// The script only reads. In a database without Weir the queries of its tables fail, since none exists:
// Status takes that for version 0, and psql goes on unless ON_ERROR_STOP is set.
func StatusSQL() (string, error) {
	return released.statusScript()
}

func (b bundle) statusScript() (string, error) {
	latest, err := b.latest()
	if err != nil {
		return "", err
	}
	objects, err := b.objects()
	if err != nil {
		return "", err
	}
	s := &script{}
	s.text.WriteString("-- Shows what a database has of Weir. Where it has nothing, the queries of its tables fail.\n")
	s.add(fmt.Sprintf("The server: this binary needs %d or later, and no read-only one.", oldestServer), serverSQL)
	s.add(fmt.Sprintf("Weir's tables: this binary needs version %d; dirty is a version that was interrupted.", latest), tablesSQL)
	s.add(fmt.Sprintf("River's tables: this binary needs version %d.", RiverVersion), riverSQL)
	s.add(fmt.Sprintf("Functions and views: this binary needs %s.", checksum(objects)), objectsSQL)
	return s.text.String(), s.err
}
