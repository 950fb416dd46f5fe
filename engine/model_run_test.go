package engine

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// modelTime bounds the runs of the model, which rapid counts only.
const modelTime = 25 * time.Second

func TestFunctionsDoWhatTheModelDoes(t *testing.T) {
	t.Parallel()
	r := setupRig(t).session(t)
	r.exec(t, `set time zone 'UTC'`)
	until := time.Now().Add(modelTime)
	runs, failed := 0, false
	rapid.Check(t, func(rt *rapid.T) {
		if time.Now().After(until) && !failed { // a failure is to be reproduced
			return
		}
		runs++
		sound := false
		defer func() { failed = failed || !sound }()

		d := newModelDriver(r)
		d.reset(rt)
		d.start(rt)
		for range 2 { // Repeat alone is too short for much to happen
			rt.Repeat(d.actions())
		}
		d.finish(rt)
		sound = true
	})
	t.Logf("%d runs", runs)
}

// actions are what may happen. Those that bring workflows forward are there more
// than once, or nothing would get far.
func (d *modelDriver) actions() map[string]func(*rapid.T) {
	actions := map[string]func(*rapid.T){
		"start":     d.start,
		"fail":      d.fail,
		"release":   d.release,
		"beat":      d.beat,
		"cancel":    d.cancel,
		"resume":    d.resume,
		"resumeAll": d.resumeAll,
		"delete":    d.delete,
		"send":      d.send,
		"limit":     d.limit,
		"retire":    d.retire,
		"forget":    d.forget,
		"mend":      d.mend,
		"":          d.compare,
	}
	for i := range 3 {
		for name, action := range map[string]func(*rapid.T){
			"advance":  d.advance,
			"claim":    d.claim,
			"delegate": d.delegate,
			"fetch":    d.fetch,
			"time":     d.time,
		} {
			actions[name+strconv.Itoa(i)] = action
		}
	}
	return actions
}

// modelDriver does the same to the database and to the model.
type modelDriver struct {
	*rig
	m       *model
	threads []*modelThread
	tokens  []modelToken
	workers int
	outputs int
	jobs    map[int64]bool
}

func newModelDriver(r *rig) *modelDriver {
	return &modelDriver{rig: r, m: &model{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), workers: make(map[string][]string), manual: make(map[string]bool)}, jobs: make(map[int64]bool)}
}

func (d *modelDriver) reset(t *rapid.T) {
	for _, table := range []string{
		"workflow", "step", "step_name", "timer", "step_attempt", "worker", "river_job", "event", "event_wait",
		"workflow_limit", "workflow_slot",
	} {
		d.exec(t, "delete from weir_internal."+table) // truncate takes 50 ms
	}
	d.setClock(t)
	d.register(t)
}

func (d *modelDriver) setClock(t *rapid.T) {
	d.exec(t, `select set_config('weir.clock', $1, false)`, d.m.now.Format(time.RFC3339))
}

func (d *modelDriver) register(t *rapid.T, functions ...string) string {
	d.workers++
	worker := fmt.Sprintf("w%d", d.workers)
	if functions == nil {
		functions = []string{"f", "g"}
		if d.workers%2 == 0 {
			functions = []string{"f"}
		}
	}
	manual := d.workers%3 == 0
	d.exec(t, `select weir_internal.worker_register($1, 'host', 1, '', $2, '{default}', '1 hour', true, $3)`, worker, functions, manual)
	d.m.workers[worker], d.m.manual[worker] = functions, manual
	return worker
}

// modelRow is what of a step is compared.
type modelRow struct {
	Workflow                                int64
	No                                      int
	State                                   string
	Pending, Epoch, Attempt, Failures, Lost int
	Job                                     int64
	Output, Message                         string
	OutcomeOf, Parent                       int
	Wake, Due                               int64  // in seconds since 1970, 0 for none
	Key                                     string // of the event that it waits for
	Withheld                                bool
	Failure                                 string // the error, of which the model knows only the message
}

func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// compare holds the database to the model and to its invariants.
func (d *modelDriver) compare(t *rapid.T) {
	rows, _ := d.db.Query(d.ctx, `
select
  s.workflow, s.no, s.state::text, s.pending, s.epoch, s.attempt, s.failures, s.lost, coalesce(s.job, 0),
  coalesce(s.output::text, ''), coalesce(s.error ->> 'message', ''), coalesce(s.outcome_of, -1), coalesce(s.parent, -1),
  coalesce(extract(epoch from s.wake_at)::bigint, 0), coalesce(extract(epoch from i.due)::bigint, 0), coalesce(e.key, ''),
  s.state = 'ready' and weir_internal.river_is_withheld(s.job), coalesce(s.error::text, '')
from weir_internal.step as s
left join weir_internal.timer as i on i.workflow = s.workflow and i.no = s.no
left join weir_internal.event_wait as e on e.workflow = s.workflow and e.no = s.no
order by s.workflow, s.no`)
	got, err := pgx.CollectRows(rows, pgx.RowToStructByPos[modelRow])
	require.NoError(t, err)

	i := 0
	slices.SortFunc(d.m.workflows, func(a, b *modelWorkflow) int { return int(a.key - b.key) })
	for _, w := range d.m.workflows {
		require.Equal(t, d.m.shown(w), string(d.shown(t, w.id)), w.id)
		for no, s := range w.steps {
			require.Less(t, i, len(got))
			row := got[i]
			i++
			if s.job == freshJob {
				require.False(t, d.jobs[row.Job], "job %d is not new", row.Job)
				s.job = row.Job
			}
			d.jobs[row.Job] = true
			if s.message == "poison" {
				require.Contains(t, row.Message, "lost with their workers")
				row.Message = "poison"
			}
			s.failure = row.Failure
			require.Equal(t, modelRow{
				w.key, no, s.state, s.pending, s.epoch, s.attempt, s.failures, s.lost, s.job, s.output, s.message, s.outcomeOf, s.parent,
				seconds(s.wake), seconds(s.due), s.waitsFor(), s.isWithheld(), s.failure,
			}, row, "%s, step %d", w.id, no)
		}
	}
	require.Len(t, got, i)
	d.compareEvents(t)
	d.compareLimits(t)
	require.Equal(t, len(d.m.workflows), scalar[int](t, d.rig, `select count(*)::int from weir_internal.workflow`))
	require.Zero(t, scalar[int](t, d.rig, `select (count(*) - count(distinct (workflow, name)))::int from weir_internal.step`), "a name is there twice")
	d.requireSound(t)
}

// finish brings every workflow to its end with a worker that lives: nothing may
// be stranded.
func (d *modelDriver) finish(t *rapid.T) {
	last := d.register(t, "f", "g")
	for worker := range d.m.workers {
		if worker != last {
			d.retireOne(t, worker, false)
		}
	}
	d.threads, d.tokens = nil, nil
	d.liftAll(t)
	for _, w := range d.m.workflows {
		_, err := d.rig.resume(w.id)
		require.NoError(t, err)
		d.m.goOn(w)
	}
	for range 500 {
		d.compare(t)
		if !slices.ContainsFunc(d.m.workflows, func(w *modelWorkflow) bool { return w.status == "RUNNING" }) {
			break
		}
		d.sendAll(t)
		d.m.now = d.m.now.Add(time.Minute / 2) // leases are longer
		d.setClock(t)
		require.Equal(t, d.m.fire(), d.fireTimers(t))
		for token := d.rig.fetch(t, last); token != nil; token = d.rig.fetch(t, last) {
			d.compare(t) // names the new jobs
			d.claimOne(t, modelToken{last, token})
		}
		for len(d.threads) > 0 {
			thread := d.threads[0]
			d.threads = d.threads[1:]
			d.outputs++
			item := thread.item(strconv.Itoa(d.outputs), passHand)
			require.NoError(t, advance(d.ctx, d.db, advanceSQL, last, []*advanceItem{item}, true))
			d.checkpointed(t, []*modelThread{thread}, []*advanceItem{item})
		}
	}
	for _, w := range d.m.workflows {
		require.Equal(t, "SUCCESSFUL", w.status)
		require.Equal(t, w.source(w.root).output, scalar[string](t, d.rig, `select weir.output($1)::text`, w.id))
		for no, s := range w.steps {
			ran := !builtins[s.function].waits && s.state == "succeeded"
			require.True(t, !ran || s.attempt > 0, "%s: step %d is done and never ran", w.id, no)
		}
	}
}
