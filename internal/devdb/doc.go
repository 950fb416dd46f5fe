// Package devdb runs a private Postgres server for one process: for the demo,
// for development, and for tests where Docker doesn't answer.
//
// The server is the caller's alone. It listens on a loopback port that was free,
// with kept data the one it had before if it can, and on a socket in a private
// folder, asks for a password made up for it, and runs as an unprivileged user
// when the caller is root, because Postgres refuses to run as root.
//
// It never outlives its parent. Stop ends it; and where the parent is killed
// before it can call Stop, a watchdog does: a shell that reads a pipe of which
// only the parent has the other end. The kernel closes that end however the
// parent dies, so nothing depends on signals, on process groups or on Linux.
//
// Fsync stays on: what is committed is on disk, and a benchmark against this
// server is an honest one. Tests switch it off through Config.Settings.
package devdb
