// Package queue brings work to the processes that can run it, and takes it
// away from those that have died. It is the only package that knows River.
//
// It makes no promise to those who import it: package sdk does.
//
// # Who is authoritative
//
//   - The step rows say what has to be run and who has claimed it. A River job
//     is a token: "somebody who can run this function, look at that step". It
//     carries two numbers and no state; losing one delays a step, doubling one
//     wastes a look.
//   - The worker row says who is alive. River has no heartbeat: its rescuer
//     looks at a job's age only, and is kept out of reach here.
//   - The process trusts its own clock for one thing: when to stop believing
//     that it is alive.
//
// # One life
//
// A [Worker] lives one life after another, each under a fresh id that is never
// used again. The id is the key of the worker row and River's Config.ID, so
// that the last entry of a River row's attempted_by names the owner.
//
//	        Start
//	          │ register, lock, River client
//	          ▼
//	┌──────────────────┐  Stop: drain, River's stop, retire   ┌─────────┐
//	│      living      │ ───────────────────────────────────▶ │ stopped │
//	└───┬──────────▲───┘                                      └─────────┘
//	    │ lost     │ a new id, while the old one is retired        ▲
//	    ▼          │                                               │
//	┌──────────────┴───┐  Stop                                     │
//	│      fenced      │ ──────────────────────────────────────────┘
//	└──────────────────┘
//
// Lease, session lock and beat keep a life:
//
//   - The lease is a time in the worker row. The beat renews it every second
//     for five. Where nothing else is known, an expired lease is death.
//   - The session lock is an advisory lock on a direct connection that belongs
//     to the life. The server frees it when the process dies, which is known
//     long before the lease ends. A free lock alone is not death: the beat must
//     also be over 1.5 s old, so that a cut connection can be replaced.
//   - The beat travels on the locked connection. So it doesn't queue behind the
//     steps for a connection of the pool, and one dead connection is noticed as
//     one fault. It also marks steps that have been running for a while, and
//     learns which of them were taken away.
//
// # Death
//
// Every process sweeps. The sweep (SQL worker_sweep) gives the steps of a dead
// worker back with a higher epoch, finalises its River rows and inserts fresh
// jobs, in one transaction. A River row is never made available again: River
// completes by id and state without looking at the attempt, so a late
// completion of the old attempt would finish the new one.
//
// A worker fences itself when it can no longer know that it is alive:
//
//   - the beat says that the worker row is gone (SQLSTATE WF005);
//   - the lease, less a safety margin, has run out since the start of the last
//     beat that succeeded. The start counts, because the answer may be late;
//   - the locked connection broke and no new one could beat within 1 s. If the
//     server refuses connections the lease decides instead, because nobody can
//     sweep then and after a restart only leases count for a while.
//
// Fencing cancels the context of everything that runs with cause [ErrLost],
// begins a new life, and retires the own id beside it: that may have to wait for
// workflows that somebody has locked. It only saves work: a worker that doesn't
// notice its death can compute, but the epochs of the steps keep it from
// recording anything.
//
// # The exit gate
//
// A River row leaves `running` in two ways only. After everything of the token
// was settled or released it is removed, by the checkpoint that settles the last
// of it, by the start that Work goes on with, or by Work itself if River doesn't
// know it, or else completed, by River when Work returns; or SQL retires it. So
// in a fenced life Work doesn't return until the own id was retired, else River
// would complete the row of a step that nobody has finished and the step would
// strand. While the database can't be reached, those goroutines wait.
//
// # Failures
//
//   - kill -9: the server closes the session, the lock is free, the beat is old
//     after 1.5 s, the next sweep takes over. Within 2 s.
//   - SIGSTOP: the lock stays, the lease runs out, others take over. After
//     SIGCONT the worker sees its own clock first and fences itself.
//   - Partition: as SIGSTOP for the others; the worker fences itself one safety
//     margin before they may act. The server's keepalives on the locked
//     connection end the ghost session.
//   - Server restart: all locks are gone at once. While the server is younger
//     than a lease only leases decide, and a live worker has beaten by then.
//   - A fetch whose reply was lost: the row is running under our id and no
//     goroutine knows it. Reconciliation finds it.
//   - A token lost in any other way: the mend finds ready steps without a live
//     job, in slices over all live workflows.
//   - Graceful stop: the drain flag makes threads yield at the next step
//     boundary, River stops, the id is retired, and others go on at once.
//
// # Poolers
//
// Through a pooler in transaction mode there are no session locks and no
// LISTEN. With Config.DisableSessionLock the lease alone decides, River polls,
// and cancels are learnt with the beat.
package queue
