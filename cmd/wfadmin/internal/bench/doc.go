// Package bench measures what Weir costs, as ratios that mean the same on any
// machine: throughput beside plain River, the hop from step to step beside a
// committed insert of one row, all in one run on one server.
//
// A run makes a database of its own on the server it is given and drops it at
// the end; nothing else there is touched. In it live Weir's schemas and, in a
// third one, plain River. Before each measurement the tables are emptied and the
// server is made to write a checkpoint, so that every case begins alike.
//
// Noise is met by order, not by length: in each round every case runs right
// after a run of plain River, its ratio is taken with that run, and the report
// has the median over the rounds.
//
// Client, worker and server share the machine, as in River's own benchmark, and
// both sides get the same pool size and the same number of workers.
package bench
