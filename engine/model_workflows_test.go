package engine

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// graph draws a graph of up to 7 steps whose edges are of all kinds. Some depend on
// steps outside, if there are any.
func (d *modelDriver) graph(t *rapid.T, outside []int) []Step {
	n := rapid.SampledFrom([]int{1, 2, 3, 4, 5, 7}).Draw(t, "steps")
	steps := make([]Step, n)
	used := make([]bool, n)
	linear := rapid.Bool().Draw(t, "linear")
	for i := range steps {
		deps := []int{i - 1}
		if i == 0 {
			deps = nil
		} else if !linear {
			deps = rapid.SliceOfNDistinct(rapid.IntRange(0, i-1), 0, 3, rapid.ID[int]).Draw(t, "deps")
		}
		for dep := range i {
			if !slices.Contains(deps, dep) && i == n-1 && !used[dep] {
				deps = append(deps, dep) // the last one is the only one that nobody waits for
			}
		}
		for _, dep := range deps {
			used[dep] = true
		}
		if len(outside) > 0 && rapid.Bool().Draw(t, "outside") {
			deps = append(deps, Outside(int32(rapid.SampledFrom(outside).Draw(t, "no"))))
		}
		steps[i] = d.step(t, deps)
	}
	return steps
}

// step draws a step that depends on others.
func (d *modelDriver) step(t *rapid.T, deps []int) Step {
	retries := rapid.IntRange(0, 2).Draw(t, "retries")
	step := Step{
		Name:     rapid.SampledFrom([]string{"a", "b", "a_1"}).Draw(t, "name"),
		Function: rapid.SampledFrom([]string{"f", "f", "f", "g", FunctionSleep, FunctionEvent, FunctionWait, FunctionWait}).Draw(t, "function"),
		Policy:   Policy{Retries: &retries, NoDelay: true},
	}
	if step.Function == FunctionWait && len(deps) == 0 {
		step.Function = "f"
	}
	switch step.Function {
	case FunctionWait:
		step.Args = []Arg{{Value: d.waitFor(t, len(deps))}, {Kind: ArgList}}
	case FunctionSleep:
		step.Args = []Arg{{Value: json.RawMessage(`{"seconds": 10}`)}}
	case FunctionEvent:
		step.Args = []Arg{{Value: rapid.SampledFrom([]json.RawMessage{
			[]byte(`{"key": "k"}`), []byte(`{"key": "l"}`), []byte(`{"key": "k", "seconds": 10}`), []byte(`{"key": "l", "seconds": 5}`),
		}).Draw(t, "event")}}
	}
	for _, dep := range deps {
		kind := rapid.SampledFrom([]ArgKind{ArgRef, ArgTry, ArgTry}).Draw(t, "kind")
		if step.Function == FunctionWait {
			step.Args[1].List = append(step.Args[1].List, Arg{Kind: kind, Step: dep})
		} else if builtins[step.Function].waits || rapid.IntRange(0, 4).Draw(t, "after") == 0 {
			step.After = append(step.After, dep)
		} else {
			step.Args = append(step.Args, Arg{Kind: kind, Step: dep})
		}
	}
	return step
}

func (d *modelDriver) waitFor(t *rapid.T, most int) json.RawMessage {
	n := rapid.IntRange(1, most).Draw(t, "n")
	if rapid.Bool().Draw(t, "patient") {
		return fmt.Appendf(nil, `{"n": %d}`, n)
	}
	return fmt.Appendf(nil, `{"n": %d, "seconds": 5}`, n)
}

func (d *modelDriver) start(t *rapid.T) {
	id := rapid.SampledFrom([]string{"x", "y", "z"}).Draw(t, "id")
	existing := rapid.SampledFrom([]OnExisting{OnExistingResume, OnExistingAttach, OnExistingReject}).Draw(t, "existing")
	steps := d.graph(t, nil)
	item := newRigStart(t, StartParams{
		ID: id, Name: rapid.SampledFrom([]string{"n", ""}).Draw(t, "started"), Graph: Graph{Steps: steps}, OnExisting: existing,
	})
	var (
		thread *rigThread
		err    error
	)
	if rapid.Bool().Draw(t, "here") {
		worker := d.anyWorker(t)
		if rapid.IntRange(0, 9).Draw(t, "its worker is gone") == 0 {
			worker = "gone"
		}
		thread, err = d.startHere(item, worker, 0, d.m.workers[worker]...)
	} else {
		err = start(d.ctx, d.db, []*startItem{item}, true)
	}

	w := d.m.byID(id)
	if w == nil {
		d.started(t, item, thread, err)
		return
	}
	require.NoError(t, err)
	require.Nil(t, thread)
	require.False(t, item.started.Created)
	if existing == OnExistingResume {
		d.m.goOn(w)
	}
	require.Equal(t, w.status, string(item.started.Status))
}

// started is what becomes of the start of a new workflow. thread is who was handed
// its first step.
func (d *modelDriver) started(t *rapid.T, item *startItem, thread *rigThread, err error) {
	params := &item.params
	w := &modelWorkflow{id: params.ID, name: params.Name, key: math.MaxInt64, status: "RUNNING", root: len(params.Graph.Steps) - 1}
	limited := d.m.takeSlots(w)
	if limited {
		w.status = "PENDING"
	}
	d.m.workflows = append(d.m.workflows, w)
	if d.m.full(w) {
		require.ErrorIs(t, err, ErrFull)
		d.m.workflows = d.m.workflows[:len(d.m.workflows)-1]
		return
	}
	require.NoError(t, err)
	require.True(t, item.started.Created)
	w.key = item.started.Key
	if thread == nil {
		d.m.add(w, -1, params.Graph.Steps, nil, 0)
	} else {
		no := d.m.add(w, -1, params.Graph.Steps, d.m.workers[thread.worker], thread.job)
		d.hold(t, thread.worker, thread.job, w, no, thread.assignment)
	}
	if limited {
		d.m.admit()
	}
	require.Equal(t, w.status, string(item.started.Status))
}

func (d *modelDriver) anyWorkflow(t *rapid.T) *modelWorkflow {
	return d.m.byID(rapid.SampledFrom([]string{"x", "y", "z"}).Draw(t, "id"))
}

func (d *modelDriver) cancel(t *rapid.T) {
	w := d.anyWorkflow(t)
	if w == nil {
		require.ErrorIs(t, d.rig.cancel("nobody"), ErrNotFound)
		return
	}
	err := d.rig.cancel(w.id)
	switch w.status {
	case "RUNNING", "PENDING":
		require.NoError(t, err)
		w.status, w.slots = "CANCELED", nil
		d.m.halt(w, -1)
	case "CANCELED":
		require.NoError(t, err)
	default:
		require.ErrorIs(t, err, ErrFinished)
	}
}

func (d *modelDriver) resume(t *rapid.T) {
	w := d.anyWorkflow(t)
	if w == nil {
		return
	}
	status, err := d.rig.resume(w.id)
	require.NoError(t, err)
	d.m.goOn(w)
	require.Equal(t, w.status, string(status))
}

func (d *modelDriver) delete(t *rapid.T) {
	w := d.anyWorkflow(t)
	if w == nil || rapid.Bool().Draw(t, "spared") {
		return
	}
	err := d.rig.delete(w.id)
	if w.active() {
		require.ErrorIs(t, err, ErrActive)
		return
	}
	require.NoError(t, err)
	d.m.workflows = slices.DeleteFunc(d.m.workflows, func(other *modelWorkflow) bool { return other == w })
}

func (d *modelDriver) time(t *rapid.T) {
	d.m.now = d.m.now.Add(time.Duration(rapid.IntRange(0, 4).Draw(t, "seconds")) * 3 * time.Second)
	d.setClock(t)
	require.Equal(t, d.m.fire(), d.fireTimers(t))
}
