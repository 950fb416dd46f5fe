// Package testdb gives each test a Postgres database of its own.
//
// A database is a clone of a template that is migrated once a server, so it
// costs some tens of milliseconds, and tests that have one run in parallel. The
// server is, in this order, the one that WEIR_TEST_DATABASE_URL names, a
// container where Docker answers, or a private server from package devdb.
// Processes may share a server: pgtestdb takes advisory locks.
//
// A package that uses it has this as its TestMain, which also fails the package
// when goroutines are left behind:
//
//	func TestMain(m *testing.M) { testdb.Main(m) }
package testdb
