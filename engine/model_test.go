package engine

import (
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

	parent, first, last, outcomeOf int // -1: none

	state                                   string
	pending, epoch, attempt, failures, lost int
	job                                     int64
	output, message                         string
	wake                                    time.Time
}

const freshJob = -1

func (s *modelStep) final() bool { return s.state == "succeeded" || s.state == "failed" && s.caught }

type modelWorkflow struct {
	id     string
	key    int64
	status string
	root   int
	steps  []*modelStep
}

// model is the database.
type model struct {
	now       time.Time
	workflows []*modelWorkflow    // by key
	workers   map[string][]string // the functions of those that live
}

const modelSleep = 10 * time.Second

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
		for _, arg := range step.Args {
			if arg.Kind != ArgValue {
				s.deps = append(s.deps, base+arg.Step)
			}
		}
		for _, after := range step.After {
			s.deps = append(s.deps, base+after)
		}
		slices.Sort(s.deps)
		s.deps = slices.Compact(s.deps)
		s.pending = len(s.deps)
		for _, dep := range s.deps {
			w.steps[dep].dependents = append(w.steps[dep].dependents, base+i)
		}
		w.steps = append(w.steps, s)
		if s.pending == 0 {
			mayHand := hand != 0 && handed < 0 && slices.Contains(functions, s.function)
			m.begin(s, map[bool]int64{true: hand}[mayHand])
			if s.state == "running" {
				handed = base + i
			}
		}
	}
	for i := range graph {
		s := w.steps[base+i]
		s.caught = len(s.dependents) > 0
		for _, dependent := range s.dependents {
			for _, arg := range graph[dependent-base].Args {
				if arg.Kind == ArgRef && base+arg.Step == base+i {
					s.caught = false
				}
			}
			if slices.Contains(graph[dependent-base].After, i) {
				s.caught = false
			}
		}
	}
	return handed
}

// begin is what becomes of a step that waits for nothing any more.
func (m *model) begin(s *modelStep, hand int64) {
	switch {
	case s.function == FunctionSleep:
		s.state, s.job = "scheduled", 0
		if s.wake.IsZero() {
			s.wake = m.now.Add(modelSleep)
		}
	case hand != 0:
		s.state, s.job = "running", hand
		s.epoch++
		s.attempt++
	default:
		s.state, s.job = "ready", freshJob
	}
}

// arrival is a step that is done, and the job that may be handed one successor.
type arrival struct {
	w    *modelWorkflow
	no   int
	hand int64
}

// arrive lets dependents and callers go on after steps that are done. It returns
// what each of them is handed, -1 for nothing.
func (m *model) arrive(functions []string, arrivals ...arrival) (handed []int) {
	type target struct {
		w  *modelWorkflow
		no int
	}
	type count struct{ by, n int }
	counts := make(map[target]count)
	var order []target
	for by, a := range arrivals {
		source := a.no
		for no := a.no; ; {
			s := a.w.steps[no]
			for _, dependent := range s.dependents {
				t := target{a.w, dependent}
				if c, seen := counts[t]; seen {
					counts[t] = count{c.by, c.n + 1}
				} else {
					counts[t] = count{by, 1}
					order = append(order, t)
				}
			}
			if len(s.dependents) > 0 {
				break
			}
			if s.parent < 0 {
				a.w.status = "SUCCESSFUL"
				break
			}
			parent := a.w.steps[s.parent]
			if parent.state != "delegated" {
				break
			}
			parent.state, parent.outcomeOf = "succeeded", source
			no = s.parent
		}
	}
	slices.SortFunc(order, func(a, b target) int {
		if a.w.key != b.w.key {
			return int(a.w.key - b.w.key)
		}
		return a.no - b.no
	})

	handed = slices.Repeat([]int{-1}, len(arrivals))
	for _, t := range order {
		s, c := t.w.steps[t.no], counts[t]
		if s.state != "waiting" {
			continue
		}
		s.pending -= c.n
		s.job = 0
		if s.pending > 0 {
			continue
		}
		var hand int64
		if handed[c.by] < 0 && slices.Contains(functions, s.function) {
			hand = arrivals[c.by].hand
		}
		if m.begin(s, hand); s.state == "running" {
			handed[c.by] = t.no
		}
	}
	return handed
}

// halt stops what is not done, below a step or (-1) everywhere.
func (m *model) halt(w *modelWorkflow, under int) {
	for no, s := range w.steps {
		below := under < 0
		for p := s.parent; p >= 0 && !below; p = w.steps[p].parent {
			below = p == under
		}
		if below && s.state != "succeeded" && s.state != "failed" {
			w.steps[no].state = "halted"
		}
	}
}

// giveUp fails a step for good: up to where the failure is caught.
func (m *model) giveUp(w *modelWorkflow, no int, message string) {
	s := w.steps[no]
	s.state, s.pending, s.message = "failed", 0, message
	top := no
	for !w.steps[top].caught && w.steps[top].parent >= 0 {
		top = w.steps[top].parent
		w.steps[top].state, w.steps[top].outcomeOf = "failed", no
	}
	if !w.steps[top].caught {
		w.status = "FAILED"
		m.halt(w, -1)
		return
	}
	if top != no {
		m.halt(w, top)
	}
	m.arrive(nil, arrival{w: w, no: top})
}

// reopen sets a stopped workflow going again.
func (m *model) reopen(w *modelWorkflow) {
	if w.status != "FAILED" && w.status != "CANCELED" {
		return
	}
	w.status = "RUNNING"
	live := func(no int) bool {
		for p := no; p >= 0; p = w.steps[p].parent {
			if w.steps[p].final() {
				return false
			}
		}
		return true
	}
	var reopened []int
	for no := range w.steps {
		if live(no) {
			reopened = append(reopened, no)
		}
	}
	open := make([]int, len(w.steps))
	for _, no := range reopened {
		for _, dep := range w.steps[no].deps {
			if !w.steps[dep].final() {
				open[no]++
			}
		}
	}
	for _, no := range reopened {
		s := w.steps[no]
		s.epoch++
		s.failures, s.lost, s.message, s.outcomeOf, s.job, s.pending = 0, 0, "", -1, 0, 0
		if s.function != FunctionSleep {
			s.wake = time.Time{}
		}
		switch {
		case s.first >= 0:
			s.state = "delegated"
		case open[no] > 0:
			s.state, s.pending = "waiting", open[no]
		default:
			m.begin(s, 0)
		}
	}
	var ended []arrival
	for no, s := range w.steps {
		if s.state == "succeeded" && len(s.dependents) == 0 && (s.parent < 0 || w.steps[s.parent].state == "delegated") {
			ended = append(ended, arrival{w: w, no: no})
		}
	}
	m.arrive(nil, ended...)
}

// fire lets the timers that are due fire, and returns how many did.
func (m *model) fire() (fired int) {
	var slept []arrival
	for _, w := range m.workflows {
		for no, s := range w.steps {
			if s.state != "scheduled" || s.wake.After(m.now) {
				continue
			}
			fired++
			if s.function == FunctionSleep {
				s.state, s.job = "succeeded", 0
				s.output = s.wake.UTC().Format(`"2006-01-02T15:04:05+00:00"`)
				slept = append(slept, arrival{w: w, no: no})
			} else {
				s.state, s.job = "ready", freshJob
			}
		}
	}
	m.arrive(nil, slept...)
	return fired
}

// requeue takes from jobs what they hold.
func (m *model) requeue(jobs []int64, lost bool, poison int) {
	type held struct {
		w  *modelWorkflow
		no int
	}
	var all []held
	for _, w := range m.workflows {
		for no, s := range w.steps {
			mine := (s.state == "running" || s.state == "ready") && slices.Contains(jobs, s.job)
			if s.state == "waiting" && len(s.deps) == 1 && s.deps[0] == no-1 {
				before := w.steps[no-1]
				mine = before.state == "succeeded" && slices.Contains(jobs, before.job)
			}
			if mine {
				all = append(all, held{w, no})
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
		s.state, s.pending, s.job = "ready", 0, freshJob
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

// followers counts the steps that follow in a run.
func (w *modelWorkflow) followers(no int) (n int) {
	for ; n < 49; n++ {
		s := w.steps[no+n]
		if len(s.dependents) != 1 || s.dependents[0] != no+n+1 || len(w.steps[no+n+1].deps) != 1 {
			return n
		}
	}
	return n
}

// outcome is the output and the message of a step, or of what stands for it.
func (w *modelWorkflow) outcome(no int) (output, message string) {
	s := w.steps[no]
	if s.outcomeOf >= 0 {
		s = w.steps[s.outcomeOf]
	}
	return s.output, s.message
}
