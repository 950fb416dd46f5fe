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
		slept  []arrival
		parked []place
	)
	for _, w := range m.workflows {
		for no, s := range w.steps {
			if s.due.IsZero() || s.due.After(m.now) {
				continue
			}
			fired++
			s.due = time.Time{}
			switch s.function {
			case FunctionSleep:
				m.end(s, "succeeded")
				s.output = s.wake.UTC().Format(`"2006-01-02T15:04:05+00:00"`)
				slept = append(slept, arrival{w: w, no: no})
			case FunctionEvent:
				parked = append(parked, place{w, no})
			default:
				s.state, s.job = "ready", freshJob
			}
		}
	}
	m.arrive(nil, slept...)
	m.settle(parked)
	return fired
}
