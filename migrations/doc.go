// Package migrations creates, upgrades, checks and removes what Weir keeps in a Postgres database: the
// schemas weir (public views and functions) and weir_internal (tables, River's tables, the engine's
// functions).
//
// # Who is authoritative
//
// The database has three parts, each with one place that says what is there:
//
//   - River's tables: weir_internal.river_migration, kept by River's own migrator, brought to RiverVersion.
//   - Our tables and types: weir_internal.schema_migrations, kept by golang-migrate. A change is a new
//     numbered file in tables; a released file is never edited.
//   - Our functions and views: weir_internal.schema_objects has one checksum of all of them. They are
//     files that say what is, in functions and views; when the checksum differs from the binary's, the
//     whole set is replaced.
//
// The number of the last table file is the version of everything. A release that changes a function or a
// view therefore has a new table file as well, if only to say which older workers keep working; two
// binaries with the same number and different objects are builds of a developer, and the last Up wins.
//
// # Order of work
//
// Up opens a session, takes the lock, compares, and refuses before it touches anything. Then: both
// schemas, River's tables, our tables, functions and views, and a last comparison. Functions come after
// the tables that they name, and are created by file name with their bodies unchecked, so that one may
// call another of a later file; views follow. Down goes the other way. Roles are the cluster's and stay.
//
// # Two at once
//
// One advisory lock of the session that Up opened serialises all Up and Down calls on a database; the
// loser waits, then finds nothing to do. River's migrator takes no lock, and golang-migrate's own is held
// for our tables only; so ours is above both. A wait that ends because the context ended is cancelled in
// the server, so nobody inherits a lock that he no longer waits for. The lock goes with its session: it
// needs a direct connection, not a pooler that shares sessions.
//
// # A crash in the middle
//
// Every step commits together with its record: a River version, a table file, the set of objects. So
// after any failure Up goes on from where it was. golang-migrate adds one state: it marks a version dirty
// before it runs a file. The mark's removal is appended to the file and commits with it, hence dirty
// always means that the file was rolled back. When the server refused the file, the mark is taken back at
// once; it stays only when the process or its connection died, and DirtyError has the statement that
// takes it back. For this a table file is one implicit transaction: it has no transaction statements and
// nothing that can't run inside one.
//
// # Rolling deploys
//
// The new binary migrates while old ones work: each table file says in its first line whether they keep
// working beside it. Old processes are not stopped, but one that starts again is refused with a
// NewerError, since it would put its older functions back. Replacing the objects locks the tables that
// have triggers for a moment; if that meets a worker in a deadlock, the replacement is repeated.
//
// # What others build
//
// Views on weir's views, or triggers that call its functions, in other schemas are never dropped. Up and
// Down stop with a ForeignError that names them. Nothing else belongs into the two schemas: functions and
// views found there are dropped, tables found there keep the schema from being dropped.
package migrations
