package engine

import (
	"cmp"
	"math"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// modelLimit is a row of workflow_limit.
type modelLimit struct {
	Scope, Key string
	Running    int // 0: it was lifted
	Pending    int // -1: any number may wait
}

// holds says whether a workflow is under the limit. Every root is in the queue
// "default".
func (l *modelLimit) holds(w *modelWorkflow) bool {
	if l.Scope == "name" {
		return w.name == l.Key
	}
	return l.Key == queueDefault
}

// queued says whether a workflow waits behind the limit.
func (l *modelLimit) queued(w *modelWorkflow) bool {
	admitted, under := w.slots[l.Scope]
	return under && !admitted
}

// takeSlots enters a workflow with its limits, and says whether it has to wait.
func (m *model) takeSlots(w *modelWorkflow) bool {
	for _, l := range m.limits {
		if l.Running > 0 && l.holds(w) {
			w.take(l, false)
		}
	}
	return len(w.slots) > 0
}

func (w *modelWorkflow) take(l *modelLimit, admitted bool) {
	if w.slots == nil {
		w.slots = make(map[string]bool)
	}
	if _, there := w.slots[l.Scope]; !there {
		w.slots[l.Scope] = admitted
	}
}

// turns are the workflows that all their limits have room for.
func (m *model) turns() (turns []*modelWorkflow) {
	room := make(map[*modelLimit]int)
	for _, l := range m.limits {
		room[l] = l.Running
		if l.Running == 0 {
			room[l] = math.MaxInt
		}
		for _, w := range m.workflows {
			if w.slots[l.Scope] && l.holds(w) {
				room[l]--
			}
		}
	}
	for _, l := range m.limits {
		for _, w := range m.workflows {
			if !l.queued(w) || slices.Contains(turns, w) {
				continue
			}
			var behind []*modelLimit
			for _, other := range m.limits {
				if other.queued(w) && other.holds(w) {
					behind = append(behind, other)
				}
			}
			if slices.ContainsFunc(behind, func(l *modelLimit) bool { return room[l] <= 0 }) {
				continue
			}
			for _, b := range behind {
				room[b]--
			}
			turns = append(turns, w)
		}
	}
	return turns
}

// admit lets those run whose turn it is. A limit that was lifted goes once nobody
// waits behind it.
func (m *model) admit() {
	turns := m.turns()
	for _, w := range turns {
		for scope := range w.slots {
			w.slots[scope] = true
		}
	}
	for _, w := range turns {
		m.setGoing(w)
	}
	m.limits = slices.DeleteFunc(m.limits, func(l *modelLimit) bool {
		if l.Running > 0 || slices.ContainsFunc(m.workflows, l.queued) {
			return false
		}
		for _, w := range m.workflows {
			delete(w.slots, l.Scope)
		}
		return true
	})
}

// full says whether a workflow that has just been started finds more before it
// than may wait.
func (m *model) full(w *modelWorkflow) bool {
	turns := m.turns()
	if slices.Contains(turns, w) {
		return false
	}
	for _, l := range m.limits {
		waiting := 0
		for _, other := range m.workflows {
			if l.queued(other) && !slices.Contains(turns, other) {
				waiting++
			}
		}
		if l.queued(w) && l.Pending >= 0 && waiting > l.Pending {
			return true
		}
	}
	return false
}

// set is set_limit.
func (m *model) set(limit modelLimit) {
	i := slices.IndexFunc(m.limits, func(l *modelLimit) bool { return l.Scope == limit.Scope })
	switch {
	case i >= 0:
		*m.limits[i] = limit
	case limit.Running > 0:
		m.limits = append(m.limits, &limit)
		slices.SortFunc(m.limits, func(a, b *modelLimit) int { return cmp.Compare(a.Scope, b.Scope) })
	}
	for _, w := range m.workflows {
		if limit.Running > 0 && w.active() && limit.holds(w) {
			w.take(&limit, w.status == "RUNNING")
		}
	}
	m.admit()
}

func (d *modelDriver) limit(t *rapid.T) {
	limit := rapid.SampledFrom([]modelLimit{{Scope: "name", Key: "n"}, {Scope: "queue", Key: queueDefault}}).Draw(t, "limit")
	limit.Running = rapid.IntRange(0, 2).Draw(t, "running")
	limit.Pending = -1
	if limit.Running > 0 {
		limit.Pending = rapid.IntRange(-1, 2).Draw(t, "pending")
	}
	d.limitTo(t, limit)
}

func (d *modelDriver) limitTo(t *rapid.T, limit modelLimit) {
	var running, pending *int
	if limit.Running > 0 {
		running = &limit.Running
	}
	if limit.Pending >= 0 {
		pending = &limit.Pending
	}
	d.rig.limit(t, limit.Scope, limit.Key, running, pending)
	d.m.set(limit)
}

// liftAll lifts every limit.
func (d *modelDriver) liftAll(t *rapid.T) {
	for _, l := range slices.Clone(d.m.limits) {
		d.limitTo(t, modelLimit{Scope: l.Scope, Key: l.Key, Pending: -1})
	}
	require.Empty(t, d.m.limits)
}

// modelSlot is a row of workflow_slot.
type modelSlot struct {
	Workflow int64
	Scope    string
	Admitted bool
}

// compareLimits holds the limits, and who is under them, to the model's.
func (d *modelDriver) compareLimits(t *rapid.T) {
	limits := []modelLimit{}
	for _, l := range d.m.limits {
		limits = append(limits, *l)
	}
	rows, _ := d.db.Query(d.ctx, `
select l.scope, l.key, coalesce(l.max_running, 0), coalesce(l.max_pending, -1)
from weir_internal.workflow_limit as l
order by l.scope`)
	got, err := pgx.CollectRows(rows, pgx.RowToStructByPos[modelLimit])
	require.NoError(t, err)
	require.Equal(t, limits, got)

	slots := []modelSlot{}
	for _, w := range d.m.workflows {
		for scope, admitted := range w.slots {
			slots = append(slots, modelSlot{w.key, scope, admitted})
		}
	}
	rows, _ = d.db.Query(d.ctx, `select s.workflow, s.scope, s.admitted from weir_internal.workflow_slot as s`)
	taken, err := pgx.CollectRows(rows, pgx.RowToStructByPos[modelSlot])
	require.NoError(t, err)
	require.ElementsMatch(t, slots, taken)
}
