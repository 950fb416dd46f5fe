package bench

import (
	"context"
	"strings"
)

// benchCase is one thing to measure.
type benchCase struct {
	name string

	// besideRiver has a run of plain River measured right before.
	besideRiver bool

	run func(ctx context.Context, b *bench) ([]sample, error)
}

// cases are in the order of a full run.
var cases = []benchCase{
	{name: "river", besideRiver: true, run: burnDown},
	{name: "chains", besideRiver: true, run: chains},
	{name: "batches", besideRiver: true, run: batchedChains},
	{name: "fanout", besideRiver: true, run: fanOut},
	{name: "single", besideRiver: true, run: singles},
	{name: "wal", run: chainsWithOutput},
	{name: "hop", run: idleChain},
	{name: "event", run: events},
	{name: "parked", run: parked},
	{name: "actor-hot", besideRiver: true, run: hotActor},
	{name: "actor-many", besideRiver: true, run: manyActors},
	{name: "actor-call", run: idleActors},
	{name: "actor-idle", run: busyAmongIdle},
	{name: "actor-remind", besideRiver: true, run: remindersDue},
	{name: "resume-all", run: resumeAll},
	{name: "list", run: lists},
}

// CaseNames are the names of all cases in the order of a full run:
//
//	river        plain River: empty jobs, settings of River's own benchmark
//	chains       256 workflows at once, each a chain of 10 empty steps, each started by itself
//	batches      the same, started many in a call
//	fanout       a step, many that depend on it, and one that joins them
//	single       workflows of one step, started from 64 goroutines
//	wal          what the server logs for a step of such a chain whose output has 100 bytes
//	hop          the time from step to step of a chain that runs alone
//	event        the time from sending an event to the step that takes it, one after the other
//	parked       what many workflows that wait for an event cost an idle client, and one that starts others
//	actor-hot    calls of one actor, from 1 and from 64 goroutines that each wait for the answer
//	actor-many   calls of 1,000 actors, of as many as there are, and queries, from 256 goroutines
//	actor-call   one call after the other, each of an actor that was idle, and again of one that wasn't
//	actor-idle   calls of 100 actors, alone and among many that nobody calls, which SQL has made
//	actor-remind reminders, one of each actor, all due at once
//	resume-all   many failed workflows, resumed in one call
//	list         first pages of many finished workflows, which SQL has made
func CaseNames() []string {
	names := make([]string, len(cases))
	for i, c := range cases {
		names[i] = c.name
	}
	return names
}

// groupActors stands for all cases of actors.
const groupActors = "actors"

// named are the names of cases, in place of which a group may stand.
func named(names []string) (all []string) {
	for _, name := range names {
		if name != groupActors {
			all = append(all, name)
			continue
		}
		for _, c := range CaseNames() {
			if strings.HasPrefix(c, "actor-") {
				all = append(all, c)
			}
		}
	}
	return all
}

func caseNamed(name string) benchCase {
	for _, c := range cases {
		if c.name == name {
			return c
		}
	}
	panic("unknown case " + name)
}
