package engine

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// listed is a step that a wait for some takes.
type listed struct {
	no  int
	try bool
}

// setWait reads what a wait takes: its list, and how many of it.
func (s *modelStep) setWait(n, base int, list []Arg) {
	s.pending = n
	s.n = n
	for _, arg := range list {
		s.list = append(s.list, listed{numbered(arg.Step, base), arg.Kind == ArgTry})
	}
}

// open counts what a step still has to wait for.
func (w *modelWorkflow) open(s *modelStep) (open int) {
	for _, dep := range s.deps {
		if !w.steps[dep].final() {
			open++
		}
	}
	if s.function == FunctionWait {
		return max(open-len(s.deps)+s.n, 0)
	}
	return open
}

// split is the output of a wait: of what is done the first to finish are ready,
// the others remain.
func (w *modelWorkflow) split(s *modelStep) string {
	var done []listed
	for _, l := range s.list {
		if w.steps[l.no].final() {
			done = append(done, l)
		}
	}
	slices.SortStableFunc(done, func(a, b listed) int { return w.steps[a.no].finished.Compare(w.steps[b.no].finished) })
	done = done[:min(len(done), s.n)]

	var ready, remaining []string
	for _, l := range s.list {
		source := w.source(l.no)
		output := cmp.Or(source.output, "null")
		switch {
		case !slices.Contains(done, l) && l.try:
			remaining = append(remaining, fmt.Sprintf(`{"try": true, "weir.step": %d, "weir.workflow": %q}`, l.no, w.id))
		case !slices.Contains(done, l):
			remaining = append(remaining, fmt.Sprintf(`{"weir.step": %d, "weir.workflow": %q}`, l.no, w.id))
		case !l.try:
			ready = append(ready, output)
		case source.message != "":
			ready = append(ready, fmt.Sprintf(`{"error": %s}`, source.failure))
		default:
			ready = append(ready, fmt.Sprintf(`{"value": %s}`, output))
		}
	}
	return fmt.Sprintf(`{"ready": [%s], "remaining": [%s]}`, strings.Join(ready, ", "), strings.Join(remaining, ", "))
}

// waitedFor are the steps that waits of a workflow list: what remains of them is
// what graphs that its steps return may refer to.
func (w *modelWorkflow) waitedFor() (nos []int) {
	for _, s := range w.steps {
		for _, l := range s.list {
			nos = append(nos, l.no)
		}
	}
	slices.Sort(nos)
	return slices.Compact(nos)
}

// numbered is the number in its workflow of what a graph calls i.
func numbered(i, base int) int {
	if i < 0 {
		return Outside(int32(i))
	}
	return base + i
}

// outsideOf are the steps that were there before a graph and that it refers to.
func outsideOf(graph []Step) (nos []int) {
	see := func(i int) {
		if i < 0 {
			nos = append(nos, numbered(i, 0))
		}
	}
	for _, step := range graph {
		walkArgs(step.Args, func(arg Arg) { see(arg.Step) })
		for _, after := range step.After {
			see(after)
		}
	}
	slices.Sort(nos)
	return slices.Compact(nos)
}

// refusesToTake says why steps that the step of returns may not have what is
// outside of them.
func (w *modelWorkflow) refusesToTake(outside []int, steps []Step, of int) (reason string) {
	if !w.mayWaitFor(outside, of) {
		return "out of reach"
	}
	for _, step := range steps {
		walkArgs(step.Args, func(arg Arg) {
			if arg.Step < 0 && arg.Kind == ArgRef && w.steps[numbered(arg.Step, 0)].caught {
				reason = "failure is caught"
			}
		})
	}
	return reason
}

// mayWaitFor says whether what the step of returns may wait for others: for none
// that waits for it, and for none that is given up, or may be, without it.
func (w *modelWorkflow) mayWaitFor(nos []int, of int) bool {
	around := w.above(of)
	for _, no := range nos {
		if w.waits(no, around) {
			return false
		}
		for _, p := range w.above(no) {
			s := w.steps[p]
			givenUp := s.state == "halted" || s.state == "delegated" && p != no || s.state == "failed" && !s.caught && p == no
			if givenUp && !slices.Contains(around, p) {
				return false
			}
		}
	}
	return true
}

// above is a step, the one that returned it, and so on.
func (w *modelWorkflow) above(no int) (nos []int) {
	for ; no >= 0; no = w.steps[no].parent {
		nos = append(nos, no)
	}
	return nos
}

// waits says whether a step is one of others, or waits for one of them.
func (w *modelWorkflow) waits(no int, others []int) bool {
	if slices.Contains(others, no) {
		return true
	}
	s := w.steps[no]
	for _, dep := range s.deps {
		if !w.steps[dep].final() && w.waits(dep, others) {
			return true
		}
	}
	return s.state == "delegated" && w.waits(s.last, others)
}

// attach has a new graph count what is done of the steps outside of it.
func (m *model) attach(w *modelWorkflow, outside []int, base int) {
	var done []doneStep
	for _, no := range outside {
		if w.steps[no].final() {
			done = append(done, doneStep{w: w, no: no})
		}
	}
	m.release(nil, []arrival{{}}, done, base)
}
