package engine

import (
	"encoding/json"
	"slices"
	"time"
)

// The model: what the SQL functions should do, in plain Go, one workflow a value.
// It knows no locks and no batches' cost; it does know epochs, jobs and runs,
// since who may write depends on them.

// modelStep is a row of step. A job of freshJob is one that the database is about
// to name.
type modelStep struct {
	function   string
	deps       []int
	dependents []int
	caught     bool
	retries    int
	key        string        // of the event that it waits for
	within     time.Duration // how long it waits, 0 for ever
	n          int           // how many of its list it waits for
	list       []listed
	run        int // how many steps follow it in a run

	parent, first, last, outcomeOf int // -1: none

	state                                   string
	pending, epoch, attempt, failures, lost int
	job                                     int64
	output, message                         string
	failure                                 string    // the error whose message it has
	wake, due                               time.Time // wake_at, and when its timer is due
	finished                                time.Time
	withheld                                bool // of a step that is ready: nobody may fetch its job
}

const freshJob = -1

func (s *modelStep) final() bool { return s.state == "succeeded" || s.state == "failed" && s.caught }

type modelWorkflow struct {
	id     string
	key    int64
	status string
	root   int
	steps  []*modelStep
	events []*modelEvent // in the order in which they came
	loose  bool          // steps may be left when its root is done
	name   string
	slots  map[string]bool // whether it was admitted, by the scope of the limit
}

// active says that it has not ended.
func (w *modelWorkflow) active() bool { return w.status == "RUNNING" || w.status == "PENDING" }

// model is the database.
type model struct {
	now       time.Time
	workflows []*modelWorkflow    // by key
	workers   map[string][]string // the functions of those that live
	manual    map[string]bool     // whether what they hold at their death waits for a resume
	limits    []*modelLimit       // by scope
}

func (m *model) byKey(key int64) *modelWorkflow {
	for _, w := range m.workflows {
		if w.key == key {
			return w
		}
	}
	return nil
}

func (m *model) byID(id string) *modelWorkflow {
	for _, w := range m.workflows {
		if w.id == id {
			return w
		}
	}
	return nil
}

// add appends a graph to the workflow. Its steps that wait for nothing begin; one
// may be handed to the job that brought them.
func (m *model) add(w *modelWorkflow, parent int, graph []Step, functions []string, hand int64) (handed int) {
	base := len(w.steps)
	handed = -1
	for i, step := range graph {
		s := &modelStep{function: step.Function, retries: *step.Policy.Retries, parent: parent, first: -1, last: -1, outcomeOf: -1, state: "waiting"}
		walkArgs(step.Args, func(arg Arg) { s.deps = append(s.deps, arg.Step) })
		s.deps = append(s.deps, step.After...)
		slices.Sort(s.deps)
		s.deps = slices.Compact(s.deps)
		for d, dep := range s.deps {
			s.deps[d] = numbered(dep, base)
			w.steps[s.deps[d]].dependents = append(w.steps[s.deps[d]].dependents, base+i)
		}
		s.pending = len(s.deps)
		s.set(step, base)
		w.steps = append(w.steps, s)
		w.loose = w.loose || s.function == FunctionWait
		if w.status == "PENDING" {
			s.state = "halted"
			continue
		}
		if s.function == FunctionWait {
			m.await(s)
		}
		if s.pending == 0 {
			mayHand := hand != 0 && handed < 0 && slices.Contains(functions, s.function)
			m.begin(w, s, map[bool]int64{true: hand}[mayHand])
			if s.state == "running" {
				handed = base + i
			}
		}
	}
	for no := len(w.steps) - 1; no >= base; no-- {
		s := w.steps[no]
		s.caught = len(s.dependents) > 0
		for _, dependent := range s.dependents {
			walkArgs(graph[dependent-base].Args, func(arg Arg) {
				if arg.Kind == ArgRef && arg.Step == no-base {
					s.caught = false
				}
			})
			if slices.Contains(graph[dependent-base].After, no-base) {
				s.caught = false
			}
		}
		if len(s.dependents) == 1 && s.dependents[0] == no+1 && len(w.steps[no+1].deps) == 1 {
			s.run = w.steps[no+1].run + 1
		}
	}
	return handed
}

// set reads the settings of a built-in function.
func (s *modelStep) set(step Step, base int) {
	var settings struct {
		Key        string
		N, Seconds int
	}
	if builtins[s.function].waits {
		_ = json.Unmarshal(step.Args[0].Value, &settings)
	}
	s.key, s.within = settings.Key, time.Duration(settings.Seconds)*time.Second
	if s.function == FunctionWait {
		s.setWait(settings.N, base, step.Args[1].List)
	}
}

// begin is what becomes of a step that waits for no other any more.
func (m *model) begin(w *modelWorkflow, s *modelStep, hand int64) {
	switch {
	case s.function == FunctionSleep:
		s.state, s.job = "scheduled", 0
		m.await(s)
	case s.function == FunctionEvent:
		s.state, s.job = "parked", 0
		if m.await(s); w.waiting(s.key) != nil {
			s.due = m.now
		}
	case s.function == FunctionWait:
		s.state, s.job = "scheduled", 0
		s.wake, s.due = m.now, m.now
	case hand != 0:
		s.state, s.job = "running", hand
		s.epoch++
		s.attempt++
	default:
		s.state, s.job, s.withheld = "ready", freshJob, false
	}
}

// await sets the timer of a step that waits for a time. A deadline that was set
// before stays.
func (m *model) await(s *modelStep) {
	if s.within > 0 && s.wake.IsZero() {
		s.wake = m.now.Add(s.within)
	}
	s.due = s.wake
}

// requeue takes from jobs what they hold. What is withheld nobody may fetch before a
// resume.
func (m *model) requeue(jobs []int64, lost, withheld bool, poison int) {
	var all []place
	for _, w := range m.workflows {
		for no, s := range w.steps {
			mine := (s.state == "running" || s.state == "ready") && slices.Contains(jobs, s.job)
			if s.state == "waiting" && w.heldInRun(no) {
				mine = slices.Contains(jobs, w.steps[no-1].job)
			}
			if mine {
				all = append(all, place{w, no})
			}
		}
	}
	for _, h := range all {
		s := h.w.steps[h.no]
		if lost && s.state != "ready" {
			s.lost++
		}
		if s.state == "waiting" {
			s.attempt++ // nobody had noted that it began
		}
		s.state, s.pending, s.job, s.withheld = "ready", 0, freshJob, withheld
		s.epoch++
	}
	for _, h := range all {
		if s := h.w.steps[h.no]; lost && s.state == "ready" && s.lost >= poison {
			m.giveUp(h.w, h.no, "poison")
		}
	}
}

// mine returns the step that a worker may write under an epoch, nil if it is lost.
func (m *model) mine(workflow int64, no, epoch int32) (*modelWorkflow, *modelStep) {
	w := m.byKey(workflow)
	if w == nil {
		return nil, nil
	}
	s := w.steps[no]
	if s.epoch != int(epoch) || s.state != "running" && s.state != "waiting" && s.state != "halted" {
		return nil, nil
	}
	return w, s
}

// source is a step, or the one whose outcome is its.
func (w *modelWorkflow) source(no int) *modelStep {
	if of := w.steps[no].outcomeOf; of >= 0 {
		return w.steps[of]
	}
	return w.steps[no]
}
