package engine

import "time"

// reopen sets stopped workflows going again. Those behind a limit wait for their
// turn first.
func (m *model) reopen(stopped ...*modelWorkflow) {
	queued := false
	for _, w := range stopped {
		switch {
		case w.status != "FAILED" && w.status != "CANCELED":
		case m.takeSlots(w):
			w.status, queued = "PENDING", true
		default:
			m.setGoing(w)
		}
	}
	if queued {
		m.admit()
	}
}

// setGoing has a workflow that stands still run on from what is final.
func (m *model) setGoing(w *modelWorkflow) {
	w.status = "RUNNING"
	live := func(no int) bool {
		for p := no; p >= 0; p = w.steps[p].parent {
			left := w.loose && p != no && w.steps[p].state == "succeeded"
			if w.steps[p].final() && !left {
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
		open[no] = w.open(w.steps[no])
	}
	for _, no := range reopened {
		s := w.steps[no]
		wake := s.wake
		if s.state == "failed" {
			wake = time.Time{} // a deadline that was missed is set anew
		}
		s.epoch++
		s.wake = time.Time{}
		s.failures, s.lost, s.message, s.outcomeOf, s.job, s.pending = 0, 0, "", -1, 0, 0
		switch {
		case s.first >= 0:
			s.state = "delegated"
		case open[no] > 0:
			s.state, s.pending = "waiting", open[no]
			if s.function == FunctionWait {
				s.wake = wake
				m.await(s)
			}
		default:
			if builtins[s.function].waits {
				s.wake = wake
			}
			m.begin(w, s, 0)
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
