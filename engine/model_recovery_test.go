package engine

import (
	"slices"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// goOn is a resume: of what was stopped, and of what a lost worker with manual
// recovery has left.
func (m *model) goOn(resumed ...*modelWorkflow) {
	m.reopen(resumed...)
	for _, w := range resumed {
		for _, s := range w.steps {
			if s.isWithheld() {
				s.withheld, s.failures, s.lost = false, 0, 0
			}
		}
	}
}

// isWithheld says whether the step's job is one that nobody may fetch yet.
func (s *modelStep) isWithheld() bool { return s.state == "ready" && s.withheld }

// stalled says whether nothing will bring a RUNNING workflow forward: all that is
// under way is ready, and nobody can or may run it.
func (m *model) stalled(w *modelWorkflow) bool {
	ready := 0
	for no, s := range w.steps {
		switch {
		case s.state == "ready" && (s.withheld || !m.canRun(s.function)):
			ready++
		case s.state == "ready" || s.state == "running" || s.state == "scheduled" || s.state == "parked":
			return false
		case s.state == "waiting" && (!s.wake.IsZero() || w.heldInRun(no)):
			return false
		}
	}
	return ready > 0
}

func (m *model) canRun(function string) bool {
	for _, functions := range m.workers {
		if slices.Contains(functions, function) {
			return true
		}
	}
	return false
}

// heldInRun says whether a step that waits is held with the one before it.
func (w *modelWorkflow) heldInRun(no int) bool {
	deps := w.steps[no].deps
	return len(deps) == 1 && deps[0] == no-1 && w.steps[no-1].state == "succeeded" && w.steps[no-1].job != 0
}

// shown is the status of a workflow as everybody is told it.
func (m *model) shown(w *modelWorkflow) string {
	if w.status == "RUNNING" && m.stalled(w) {
		return "RESUMABLE"
	}
	return w.status
}

// resumeAll resumes what is RESUMABLE, or FAILED too.
func (d *modelDriver) resumeAll(t *rapid.T) {
	failed := rapid.Bool().Draw(t, "failed")
	var found []*modelWorkflow
	for _, w := range d.m.workflows {
		if d.m.shown(w) == "RESUMABLE" || failed && w.status == "FAILED" {
			found = append(found, w)
		}
	}
	d.m.goOn(found...)
	want := []Resumed{}
	for _, w := range found {
		want = append(want, Resumed{ID: w.id, Status: Status(d.m.shown(w))})
	}
	require.Equal(t, want, d.rig.resumeAll(t, failed))
}
