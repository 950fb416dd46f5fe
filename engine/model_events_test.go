package engine

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// modelEvent is a row of event.
type modelEvent struct {
	Workflow             int64
	Key, Dedupe, Payload string
	Step                 int // -1: nobody has got it
}

// waiting is the oldest event of a key that nobody has got, nil without one.
func (w *modelWorkflow) waiting(key string) *modelEvent {
	for _, e := range w.events {
		if e.Key == key && e.Step < 0 {
			return e
		}
	}
	return nil
}

// waitsFor is the key of the event that a step waits for, empty if it waits for none.
func (s *modelStep) waitsFor() string {
	if s.state == "parked" {
		return s.key
	}
	return ""
}

// deliver gives the events of a key that are there to the steps that wait for it.
func (m *model) deliver(w *modelWorkflow, key string) (served []arrival) {
	for no, s := range w.steps {
		if s.state != "parked" || s.key != key {
			continue
		}
		if e := w.waiting(key); e != nil {
			e.Step = no
			m.end(s, "succeeded")
			s.output = e.Payload
			served = append(served, arrival{w: w, no: no})
		}
	}
	return served
}

// settle is what becomes of parked steps whose timers have fired.
func (m *model) settle(parked []place) {
	var served []arrival
	for _, p := range parked {
		served = append(served, m.deliver(p.w, p.w.steps[p.no].key)...)
	}
	m.arrive(nil, served...)
	for _, p := range parked {
		switch s := p.w.steps[p.no]; {
		case s.state != "parked" || s.wake.IsZero():
		case s.wake.After(m.now):
			s.due = s.wake
		default:
			m.giveUp(p.w, p.no, fmt.Sprintf("no event '%s' came in time", s.key))
		}
	}
}

func (d *modelDriver) send(t *rapid.T) {
	event := modelEvent{
		Key:     rapid.SampledFrom([]string{"k", "l"}).Draw(t, "key"),
		Dedupe:  rapid.SampledFrom([]string{"", "", "a"}).Draw(t, "dedupe"),
		Payload: rapid.SampledFrom([]string{`"x"`, `"y"`}).Draw(t, "payload"),
	}
	w := d.anyWorkflow(t)
	if w == nil {
		_, err := d.sendTo("nobody", event)
		require.ErrorIs(t, err, ErrNotFound)
		return
	}
	d.sendOne(t, w, event)
}

func (d *modelDriver) sendTo(id string, event modelEvent) (accepted bool, err error) {
	return d.rig.send(id, Event{Key: event.Key, Dedupe: event.Dedupe, Payload: json.RawMessage(event.Payload)})
}

func (d *modelDriver) sendOne(t *rapid.T, w *modelWorkflow, event modelEvent) {
	accepted, err := d.sendTo(w.id, event)
	if !w.active() {
		require.ErrorIs(t, err, ErrFinished)
		return
	}
	for _, e := range w.events {
		switch {
		case event.Dedupe == "" || e.Key != event.Key || e.Dedupe != event.Dedupe:
		case e.Payload != event.Payload:
			require.ErrorIs(t, err, ErrEventConflict)
			return
		default:
			require.NoError(t, err)
			require.False(t, accepted)
			return
		}
	}
	require.NoError(t, err)
	require.True(t, accepted)
	event.Workflow, event.Step = w.key, -1
	w.events = append(w.events, &event)
	d.m.arrive(nil, d.m.deliver(w, event.Key)...)
}

// sendAll sends events until no step waits for one.
func (d *modelDriver) sendAll(t *rapid.T) {
	parked := func(s *modelStep) bool { return s.state == "parked" }
	for _, w := range d.m.workflows {
		for i := slices.IndexFunc(w.steps, parked); i >= 0; i = slices.IndexFunc(w.steps, parked) {
			d.sendOne(t, w, modelEvent{Key: w.steps[i].key, Payload: `"at last"`})
		}
	}
}

// compareEvents holds the events to the model's.
func (d *modelDriver) compareEvents(t *rapid.T) {
	want := []modelEvent{}
	for _, w := range d.m.workflows {
		for _, e := range w.events {
			want = append(want, *e)
		}
	}
	rows, _ := d.db.Query(d.ctx, `
select e.workflow, e.key, coalesce(e.dedupe, ''), e.payload::text, coalesce(e.step, -1)
from weir_internal.event as e
order by e.workflow, e.id`)
	got, err := pgx.CollectRows(rows, pgx.RowToStructByPos[modelEvent])
	require.NoError(t, err)
	require.Equal(t, want, got)
}
