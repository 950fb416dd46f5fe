// Package engine runs graphs of steps whose every transition is one SQL
// function.
//
// It makes no promise to those who import it: package sdk does.
//
// # Who is authoritative
//
// The rows are. A step is whatever its row says; this package holds no state
// that a crash could lose and makes no decision that has to be atomic. It
// carries work between the database and the functions of the process:
//
//	River job -> claim -> function -> advance -> the next step, or none
//
// A River job is a token that names a step. The thread that works on a token
// claims that step, runs its function outside of any transaction and advances:
// one call that checkpoints the output and hands one ready successor back. The
// thread goes on with it under the same token until nothing is handed to it, it
// has had its share (a budget of steps and of time), or the process drains.
//
// A thread that has run out of work lingers for a moment. A start that the process
// makes in that time is handed to it, so that work which stays where it was made
// needs neither a fetch nor a claim (idlers). It is held like all else: by a River
// row that names the worker. Its arguments are those that the start sent, as it wrote
// them; an attempt that follows gets them as jsonb writes them.
//
// # Ownership
//
// A claimed step has an epoch, and each write of a thread carries it. Whoever
// takes the step away (a sweep, a resume) raises the epoch, so the thread that
// lost it learns so at its next call and stops; nothing of that call is done.
//
// A thread never ends while it may hold something. If it doesn't know whether a
// call was carried out, since its answer was lost, it gives its token back
// (release): what the token holds in the database is made ready again under a
// new token, whatever that turns out to be.
//
// # Group commit
//
// Claims, advances and starts of all goroutines go through a committer: while
// one call is in flight the next batch gathers, and a lonely item goes at once.
// What can be wrong with one item alone is checked before it joins; a batch that
// the server refuses is split until the item at fault stands alone.
//
// # Runs
//
// Steps numbered one after the other, each with one dependency and one dependent,
// are claimed together. Inside a run a checkpoint is one update by key, and the
// next step's input is the output at hand.
package engine
