package engine

import "time"

// place is a step of some workflow.
type place struct {
	w  *modelWorkflow
	no int
}

// fire lets the timers that are due fire, and returns how many did.
func (m *model) fire() (fired int) {
	var (
		due    []place
		done   []arrival
		parked []place
	)
	for _, w := range m.workflows {
		for no, s := range w.steps {
			if s.due.IsZero() || s.due.After(m.now) {
				continue
			}
			due = append(due, place{w, no})
			if s.function == FunctionWait {
				s.output = w.split(s) // of what was done before this pass
			}
		}
	}
	for _, p := range due {
		s := p.w.steps[p.no]
		s.due = time.Time{}
		switch s.function {
		case FunctionSleep:
			m.end(s, "succeeded")
			s.output = s.wake.UTC().Format(`"2006-01-02T15:04:05+00:00"`)
			done = append(done, arrival{w: p.w, no: p.no})
		case FunctionWait:
			m.end(s, "succeeded")
			done = append(done, arrival{w: p.w, no: p.no})
		case FunctionEvent:
			parked = append(parked, p)
		default:
			s.state, s.job, s.withheld = "ready", freshJob, false
		}
	}
	m.arrive(nil, done...)
	m.settle(parked)
	m.admit()
	return len(due)
}
