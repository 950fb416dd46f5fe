package engine

import (
	"slices"
	"time"
)

// arrival is a step that is done, and the job that may be handed one successor.
type arrival struct {
	w    *modelWorkflow
	no   int
	hand int64
}

// arrive lets dependents and callers go on after steps that are done. It returns
// what each of them is handed, -1 for nothing.
func (m *model) arrive(functions []string, arrivals ...arrival) (handed []int) {
	var (
		done  []doneStep
		ended []*modelWorkflow
	)
	for by, a := range arrivals {
		for no := a.no; ; {
			s := a.w.steps[no]
			done = append(done, doneStep{a.w, no, by})
			if len(s.dependents) > 0 {
				break
			}
			if s.parent < 0 {
				ended = append(ended, a.w)
				break
			}
			parent := a.w.steps[s.parent]
			if parent.state != "delegated" {
				break
			}
			m.end(parent, "succeeded")
			parent.outcomeOf = a.no
			no = s.parent
		}
	}
	for _, w := range ended {
		m.succeed(w)
	}
	return m.release(functions, arrivals, done, 0)
}

// doneStep is a step that its dependents need not wait for any more, and the
// position of the arrival that it comes with.
type doneStep struct {
	w  *modelWorkflow
	no int
	by int
}

// release has the dependents of steps that are done wait for less, those numbered
// from a number on.
func (m *model) release(functions []string, arrivals []arrival, done []doneStep, from int) (handed []int) {
	type count struct{ by, n int }
	counts := make(map[place]count)
	var order []place
	for _, d := range done {
		for _, dependent := range d.w.steps[d.no].dependents {
			t := place{d.w, dependent}
			if dependent < from {
				continue
			}
			if c, seen := counts[t]; seen {
				counts[t] = count{c.by, c.n + 1}
			} else {
				counts[t] = count{d.by, 1}
				order = append(order, t)
			}
		}
	}
	slices.SortFunc(order, func(a, b place) int {
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
		s.pending = max(s.pending-c.n, 0)
		s.job = 0
		if s.pending > 0 {
			continue
		}
		var hand int64
		if handed[c.by] < 0 && slices.Contains(functions, s.function) {
			hand = arrivals[c.by].hand
		}
		if m.begin(t.w, s, hand); s.state == "running" {
			handed[c.by] = t.no
		}
	}
	return handed
}

// end is what a success and a failure have in common.
func (m *model) end(s *modelStep, state string) {
	s.state, s.pending, s.due, s.finished = state, 0, time.Time{}, m.now
}

// succeed ends a workflow whose root is done, and what its waits have left.
func (m *model) succeed(w *modelWorkflow) {
	w.status, w.slots = "SUCCESSFUL", nil
	if w.loose {
		m.halt(w, -1)
	}
}

// halt stops what is not done, below a step or (-1) everywhere.
func (m *model) halt(w *modelWorkflow, under int) {
	for _, s := range w.steps {
		below := under < 0
		for p := s.parent; p >= 0 && !below; p = w.steps[p].parent {
			below = p == under
		}
		if below && s.state != "succeeded" && s.state != "failed" {
			s.state, s.due = "halted", time.Time{}
		}
	}
}

// giveUp fails a step for good: up to where the failure is caught.
func (m *model) giveUp(w *modelWorkflow, no int, message string) {
	m.end(w.steps[no], "failed")
	w.steps[no].message = message
	top := no
	for p := w.steps[top].parent; !w.steps[top].caught && p >= 0 && w.steps[p].state == "delegated"; p = w.steps[top].parent {
		top = p
		m.end(w.steps[top], "failed")
		w.steps[top].outcomeOf = no
	}
	if !w.steps[top].caught {
		w.status, w.slots = "FAILED", nil
		m.halt(w, -1)
		return
	}
	if top != no {
		m.halt(w, top)
	}
	m.arrive(nil, arrival{w: w, no: top})
}
