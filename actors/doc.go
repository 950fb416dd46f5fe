// Package actors runs virtual actors: durable objects whose methods are called
// one after the other.
//
// It makes no promise to those who import it: package sdk does.
//
// # Who is authoritative
//
// The rows are. An actor is its row; its mailbox is the rows of its calls after
// the last one answered; a turn is the right to answer them. What this package
// holds in memory is a copy of a turn: if it is lost, the calls run again on the
// state that was committed last.
//
//	call -> enqueue -> a turn here            the process that called can run it
//	                -> River job -> claim     it can't, or has enough to do
//	        turn: run, run, run -> commit -> what came meanwhile, or the end
//
// # A turn
//
// One goroutine runs the calls of a turn one after the other against the state in
// memory, and commits answers and state together: when it has run all that it was
// handed, and no later than some milliseconds after the first answer, for which a
// call that takes long isn't waited for. Callers learn their answers after the
// commit. A call that fails leaves the state as it was before it.
//
// A commit hands over the calls that came meanwhile, or ends the turn; it can miss
// none, since accepting a call and committing lock the same row. A turn that had
// its share of time goes back to River, so that others get the slot.
//
// # Who calls
//
// A call that is made with the context of a step or of another call names that one
// (package caller), and its place among the equal ones that it makes: an attempt that
// follows finds what was accepted. A step of engine.FunctionCall is the call: it is
// parked with the acceptance, and who answers leaves a reply, which a pass over the
// timers brings to the step. Who waits for a call is stored with it, so that a circle
// is refused before it closes.
//
// # Calls that continue
//
// A method that returns a graph has it started as a workflow in the transaction that
// says so of the call: the state is committed, the turn ends, and the actor is
// CONTINUING. Its calls are nested then, those of the workflow, or there are none. The
// end of the workflow is the answer, whoever ends it, and in the same transaction.
//
// # Queries
//
// A query reads the row of its actor, here. A process that has no code for it asks the
// others: a River job takes the question to a worker, which reads the row and leaves the
// answer. Nobody recovers a question: who asked finds that no job will bring the answer,
// and asks again.
//
// # Ownership
//
// A turn has an epoch, and a commit carries it. Whoever takes the turn away gives it
// another one: the sweep that finds the worker dead, a deletion, an operator who
// sets the state. The commit is then refused as a whole.
//
// A turn that came by River occupies a slot of its queue like a step. One that
// began with a call is limited by itself to as many as the queue has slots: beyond
// them calls go by River. Such turns are shifts of the queue's worker, which doesn't
// end before they have.
//
// When the answer of a call to the database was lost, the worker may hold turns that
// it doesn't know. The one that was to commit is given back at once; those that an
// enqueue may have begun are found by reconciling, some seconds later.
package actors
