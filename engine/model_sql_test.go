package engine

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/pgweir/weir/queue"
)

// modelTime bounds the runs of the model, which rapid counts only.
const modelTime = 15 * time.Second

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
		rt.Repeat(map[string]func(*rapid.T){
			"start":    d.start,
			"fetch":    d.fetch,
			"claim":    d.claim,
			"claim2":   d.claim,
			"advance":  d.advance,
			"advance2": d.advance,
			"advance3": d.advance,
			"delegate": d.delegate,
			"fail":     d.fail,
			"release":  d.release,
			"beat":     d.beat,
			"cancel":   d.cancel,
			"resume":   d.resume,
			"delete":   d.delete,
			"time":     d.time,
			"retire":   d.retire,
			"forget":   d.forget,
			"mend":     d.mend,
			"":         d.compare,
		})
		d.finish(rt)
		sound = true
	})
	t.Logf("%d runs", runs)
}

// modelThread is a thread of some worker. A zombie's job is another's by now: it
// only tries to write.
type modelThread struct {
	*rigThread
	zombie bool
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

// modelToken is a job that was fetched and not claimed yet.
type modelToken struct {
	worker string
	*queue.Token
}

func newModelDriver(r *rig) *modelDriver {
	return &modelDriver{rig: r, m: &model{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), workers: make(map[string][]string)}, jobs: make(map[int64]bool)}
}

func (d *modelDriver) reset(t *rapid.T) {
	d.exec(t, `truncate weir_internal.workflow, weir_internal.step, weir_internal.step_name, weir_internal.timer, weir_internal.step_attempt, weir_internal.worker, weir_internal.river_job`)
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
	d.rig.register(t, worker, functions...)
	d.m.workers[worker] = functions
	return worker
}

// graph draws a graph of up to 7 steps whose edges are of all kinds.
func (d *modelDriver) graph(t *rapid.T) []Step {
	n := rapid.SampledFrom([]int{1, 2, 3, 4, 5, 7}).Draw(t, "steps")
	steps := make([]Step, n)
	used := make([]bool, n)
	linear := rapid.Bool().Draw(t, "linear")
	for i := range steps {
		retries := rapid.IntRange(0, 2).Draw(t, "retries")
		steps[i] = Step{
			Name:     rapid.SampledFrom([]string{"a", "b", "a_1"}).Draw(t, "name"),
			Function: rapid.SampledFrom([]string{"f", "f", "f", "g", FunctionSleep}).Draw(t, "function"),
			Policy:   Policy{Retries: &retries, NoDelay: true},
		}
		if steps[i].Function == FunctionSleep {
			steps[i].Args = []Arg{{Value: json.RawMessage(`{"seconds": 10}`)}}
		}
		if i == 0 {
			continue
		}
		deps := []int{i - 1}
		if !linear {
			deps = rapid.SliceOfNDistinct(rapid.IntRange(0, i-1), 0, 3, rapid.ID[int]).Draw(t, "deps")
		}
		for dep := range i {
			if !slices.Contains(deps, dep) && (i < n-1 || used[dep]) {
				continue
			}
			used[dep] = true
			kind := rapid.SampledFrom([]ArgKind{ArgRef, ArgTry, ArgTry}).Draw(t, "kind")
			if steps[i].Function == FunctionSleep || rapid.IntRange(0, 4).Draw(t, "after") == 0 {
				steps[i].After = append(steps[i].After, dep)
			} else {
				steps[i].Args = append(steps[i].Args, Arg{Kind: kind, Step: dep})
			}
		}
	}
	return steps
}

func (d *modelDriver) start(t *rapid.T) {
	id := rapid.SampledFrom([]string{"x", "y", "z"}).Draw(t, "id")
	existing := rapid.SampledFrom([]OnExisting{OnExistingResume, OnExistingAttach, OnExistingReject}).Draw(t, "existing")
	steps := d.graph(t)
	started := d.startAs(t, existing, id, steps...)
	w := d.m.byID(id)
	require.Equal(t, w == nil, started.Created)
	if w != nil {
		if existing == OnExistingResume {
			d.m.reopen(w)
		}
		require.Equal(t, w.status, string(started.Status))
		return
	}
	w = &modelWorkflow{id: id, key: started.Key, status: "RUNNING", root: len(steps) - 1}
	d.m.workflows = append(d.m.workflows, w)
	d.m.add(w, -1, steps, nil, 0)
}

func (d *modelDriver) fetch(t *rapid.T) {
	worker := d.anyWorker(t)
	if token := d.rig.fetch(t, worker); token != nil {
		d.tokens = append(d.tokens, modelToken{worker, token})
	}
}

func (d *modelDriver) anyWorker(t *rapid.T) string {
	var names []string
	for name := range d.m.workers {
		names = append(names, name)
	}
	slices.Sort(names)
	return rapid.SampledFrom(names).Draw(t, "worker")
}

// claim claims a token that was fetched before, sometimes twice, as after a lost
// answer.
func (d *modelDriver) claim(t *rapid.T) {
	if len(d.tokens) == 0 {
		return
	}
	i := rapid.IntRange(0, len(d.tokens)-1).Draw(t, "token")
	token := d.tokens[i]
	d.tokens = slices.Delete(d.tokens, i, i+1)
	d.claimOne(t, token)
	if rapid.IntRange(0, 5).Draw(t, "again") == 0 && len(d.threads) > 0 {
		if last := d.threads[len(d.threads)-1]; last.job == token.Job && !last.zombie {
			last.zombie = true
			d.claimOne(t, token)
		}
	}
}

func (d *modelDriver) claimOne(t *rapid.T, token modelToken) {
	claimed, err := d.rig.claim(token.worker, token.Token)
	if _, alive := d.m.workers[token.worker]; !alive {
		require.ErrorIs(t, err, ErrLost)
		return
	}
	require.NoError(t, err)
	w := d.m.byKey(token.Workflow)
	if w == nil || w.steps[token.Step].job != token.Job || w.steps[token.Step].state != "ready" && w.steps[token.Step].state != "running" {
		require.Nil(t, claimed[0].next)
		d.complete(t, token.Job)
		return
	}
	s := w.steps[token.Step]
	s.state = "running"
	s.epoch++
	s.attempt++
	d.hold(t, token.worker, token.Job, w, int(token.Step), claimed[0].next)
}

// hold compares what was handed over with the model and lists it.
func (d *modelDriver) hold(t *rapid.T, worker string, job int64, w *modelWorkflow, no int, next *assignment) {
	if no < 0 {
		require.Nil(t, next)
		d.complete(t, job)
		return
	}
	s := w.steps[no]
	require.NotNil(t, next)
	require.Equal(t, []any{w.key, w.id, no, s.epoch, s.attempt, s.function}, []any{next.workflow, next.workflowID, int(next.no), int(next.epoch), int(next.attempt), next.function})
	require.Len(t, next.followers, w.followers(no))
	for i, f := range next.followers {
		require.Equal(t, []int{no + i + 1, w.steps[no+i+1].epoch}, []int{int(f.no), int(f.epoch)})
	}
	for i, dep := range s.deps {
		output, message := w.outcome(dep)
		require.Equal(t, output, string(next.inputs.outputs[i]), "input from %d", dep)
		if message != "" {
			require.Contains(t, string(next.inputs.errors[i]), message)
		} else {
			require.Nil(t, next.inputs.errors[i])
		}
	}
	d.threads = append(d.threads, &modelThread{&rigThread{worker, job, next}, false})
}

// takeThread draws a thread and takes it off the list. It stays as a zombie, now
// and then, to write again what it has written.
func (d *modelDriver) takeThread(t *rapid.T) *modelThread {
	if len(d.threads) == 0 {
		return nil
	}
	i := rapid.IntRange(0, len(d.threads)-1).Draw(t, "thread")
	thread := d.threads[i]
	d.threads = slices.Delete(d.threads, i, i+1)
	if rapid.IntRange(0, 3).Draw(t, "haunts") == 0 {
		d.threads = append(d.threads, &modelThread{thread.rigThread, true})
	}
	return thread
}

// over ends a thread: River completes its job.
func (d *modelDriver) over(t *rapid.T, thread *modelThread) {
	if !thread.zombie {
		d.complete(t, thread.job)
	}
}

func (d *modelDriver) alive(worker string) bool { return d.m.workers[worker] != nil }

// advance checkpoints a batch of what one worker holds.
func (d *modelDriver) advance(t *rapid.T) {
	first := d.takeThread(t)
	if first == nil {
		return
	}
	batch := []*modelThread{first}
	for range rapid.IntRange(0, 2).Draw(t, "more") {
		for i, other := range d.threads {
			same := slices.ContainsFunc(batch, func(b *modelThread) bool { return b.workflow == other.workflow && b.no == other.no })
			if other.worker == first.worker && !same {
				batch = append(batch, other)
				d.threads = slices.Delete(d.threads, i, i+1)
				break
			}
		}
	}
	slices.SortFunc(batch, func(a, b *modelThread) int {
		if a.workflow != b.workflow {
			return int(a.workflow - b.workflow)
		}
		return int(a.no - b.no)
	})

	items := make([]*advanceItem, len(batch))
	for i, thread := range batch {
		p := rapid.SampledFrom([]pass{passHand, passHand, passYield}).Draw(t, "pass")
		if len(thread.followers) > 0 && rapid.IntRange(0, 3).Draw(t, "run") > 0 && thread.followers[0].function != FunctionSleep {
			p = passRun
		}
		d.outputs++
		items[i] = thread.item(strconv.Itoa(d.outputs), p)
	}
	err := advance(d.ctx, d.db, advanceSQL, first.worker, slices.Clone(items))
	if !d.alive(first.worker) {
		require.ErrorIs(t, err, ErrLost)
		return
	}
	require.NoError(t, err)
	d.checkpointed(t, batch, items)
}

func (d *modelDriver) checkpointed(t *rapid.T, batch []*modelThread, items []*advanceItem) {
	var (
		arrivals []arrival
		of       []int
		before   = make(map[*modelWorkflow]string)
	)
	for i, thread := range batch {
		w, s := d.m.mine(thread.workflow, thread.no, thread.epoch)
		require.Equal(t, s == nil, items[i].reply.lost)
		if s == nil {
			d.over(t, thread)
			continue
		}
		stopped := s.state == "halted"
		require.Equal(t, stopped, items[i].reply.stopped)
		require.Empty(t, s.output, "recorded twice")
		s.state, s.output, s.pending, s.attempt, s.job = "succeeded", string(items[i].output), 0, int(thread.attempt), thread.job
		switch {
		case stopped:
			s.job = 0
			d.over(t, thread)
		case items[i].pass == passRun:
			d.threads = append(d.threads, &modelThread{&rigThread{thread.worker, thread.job, thread.follow(items[i].output)}, thread.zombie})
		default:
			a := arrival{w: w, no: int(thread.no)}
			if items[i].pass == passHand {
				a.hand = thread.job
			}
			arrivals, of = append(arrivals, a), append(of, i)
			before[w] = w.status
		}
	}
	handed := d.m.arrive(d.m.workers[batch[0].worker], arrivals...)
	for i, a := range arrivals {
		d.hold(t, batch[of[i]].worker, batch[of[i]].job, a.w, handed[i], items[of[i]].reply.next)
	}
}

func (d *modelDriver) delegate(t *rapid.T) {
	thread := d.takeThread(t)
	if thread == nil {
		return
	}
	steps := d.graph(t)
	hand := rapid.Bool().Draw(t, "hand")
	reply, err := d.rig.delegate(thread.rigThread, hand, steps...)
	if !d.alive(thread.worker) {
		require.ErrorIs(t, err, ErrLost)
		return
	}
	require.NoError(t, err)
	w, s := d.m.mine(thread.workflow, thread.no, thread.epoch)
	require.Equal(t, s == nil, reply.lost)
	if s == nil || s.state == "halted" {
		require.Equal(t, s != nil, reply.stopped)
		d.over(t, thread)
		return
	}
	s.state, s.pending, s.attempt = "delegated", 0, int(thread.attempt)
	s.first, s.last = len(w.steps), len(w.steps)+len(steps)-1
	var job int64
	if hand {
		job = thread.job
	}
	handed := d.m.add(w, int(thread.no), steps, d.m.workers[thread.worker], job)
	d.hold(t, thread.worker, thread.job, w, handed, reply.next)
}

func (d *modelDriver) fail(t *rapid.T) {
	thread := d.takeThread(t)
	if thread == nil {
		return
	}
	permanent := rapid.IntRange(0, 2).Draw(t, "permanent") == 0
	message := fmt.Sprintf("failure %d/%d", thread.no, thread.epoch)
	verdict, ended, err := d.rig.fail(thread.rigThread, message, permanent)
	if !d.alive(thread.worker) {
		require.ErrorIs(t, err, ErrLost)
		return
	}
	require.NoError(t, err)
	w, s := d.m.mine(thread.workflow, thread.no, thread.epoch)
	want := "lost"
	switch {
	case s == nil:
	case s.state == "halted":
		want, s.attempt = "stopped", int(thread.attempt)
	default:
		s.failures++
		s.attempt, s.pending = int(thread.attempt), 0
		want = "retry"
		if permanent || s.failures > s.retries {
			want = "failed"
			d.m.giveUp(w, int(thread.no), message)
		} else {
			s.state, s.wake = "scheduled", d.m.now
		}
	}
	require.Equal(t, want, verdict)
	require.Equal(t, want == "failed" && w.status != "RUNNING", ended)
	d.over(t, thread)
}

// release gives a job back, as a thread in doubt does.
func (d *modelDriver) release(t *rapid.T) {
	thread := d.takeThread(t)
	if thread == nil || thread.zombie {
		return
	}
	released, err := d.rig.release(thread.rigThread)
	if !d.alive(thread.worker) {
		require.ErrorIs(t, err, ErrLost)
		return
	}
	require.NoError(t, err)
	require.True(t, released)
	d.m.requeue([]int64{thread.job}, false, 0)
}

// beat has a worker mark what it holds.
func (d *modelDriver) beat(t *rapid.T) {
	worker := d.anyWorker(t)
	var (
		workflow, job      []int64
		no, epoch, attempt []int32
		took               []float64
		gone               = []string{}
	)
	for _, thread := range d.threads {
		if thread.worker != worker || thread.zombie {
			continue
		}
		workflow, job = append(workflow, thread.workflow), append(job, thread.job)
		no, epoch, attempt = append(no, thread.no), append(epoch, thread.epoch), append(attempt, thread.attempt)
		took = append(took, 1)
		switch w := d.m.byKey(thread.workflow); {
		case w == nil || w.steps[thread.no].epoch != int(thread.epoch) || w.steps[thread.no].state == "halted":
			gone = append(gone, fmt.Sprint(thread.workflow, thread.no, thread.epoch))
		case w.steps[thread.no].state == "waiting":
			s := w.steps[thread.no]
			s.state, s.job, s.attempt = "running", thread.job, int(thread.attempt)
		}
	}
	rows, _ := d.db.Query(d.ctx, `select workflow, no, epoch from weir_internal.worker_beat($1, '1 hour', $2, $3, $4, $5, $6, $7)`,
		worker, workflow, no, epoch, job, attempt, took)
	told, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (string, error) {
		var a int64
		var b, c int32
		err := row.Scan(&a, &b, &c)
		return fmt.Sprint(a, b, c), err
	})
	require.NoError(t, err)
	require.ElementsMatch(t, gone, told)
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
	case "RUNNING":
		require.NoError(t, err)
		w.status = "CANCELED"
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
	d.m.reopen(w)
	require.Equal(t, w.status, string(status))
}

func (d *modelDriver) delete(t *rapid.T) {
	w := d.anyWorkflow(t)
	if w == nil || rapid.Bool().Draw(t, "spared") {
		return
	}
	err := d.rig.delete(w.id)
	if w.status == "RUNNING" {
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

// retire ends a worker, killed or in peace, and has another one join.
func (d *modelDriver) retire(t *rapid.T) {
	worker := d.anyWorker(t)
	lost := rapid.Bool().Draw(t, "lost")
	d.retireOne(t, worker, lost)
	if len(d.m.workers) == 0 || len(d.m.workers) < 3 && rapid.Bool().Draw(t, "joins") {
		d.register(t)
	}
	if len(d.m.workers) < 2 && rapid.Bool().Draw(t, "joins") {
		d.register(t)
	}
}

const modelPoison = 2

func (d *modelDriver) retireOne(t *rapid.T, worker string, lost bool) {
	jobs := scalar[[]int64](t, d.rig, `select coalesce(array_agg(id), '{}') from weir_internal.river_held($1)`, worker)
	done, err := d.rig.retire(worker, lost, modelPoison)
	require.NoError(t, err)
	require.True(t, done)
	delete(d.m.workers, worker)
	d.m.requeue(jobs, lost, modelPoison)
}

// forget is a fetch whose answer was lost: the worker gives back what it doesn't
// know of.
func (d *modelDriver) forget(t *rapid.T) {
	worker := d.anyWorker(t)
	known := []int64{}
	for _, thread := range d.threads {
		if thread.worker == worker {
			known = append(known, thread.job)
		}
	}
	var forgotten []int64
	d.tokens = slices.DeleteFunc(d.tokens, func(token modelToken) bool {
		if token.worker == worker {
			forgotten = append(forgotten, token.Job)
		}
		return token.worker == worker
	})
	found := scalar[int](t, d.rig, `select weir_internal.worker_reconcile($1, $2, '-1 second')`, worker, known)
	require.Equal(t, len(forgotten), found)
	d.m.requeue(forgotten, false, 0)
}

func (d *modelDriver) mend(t *rapid.T) {
	require.Zero(t, scalar[int](t, d.rig, `select mended from weir_internal.queue_mend(0, 100)`))
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
}

// compare holds the database to the model and to its invariants.
func (d *modelDriver) compare(t *rapid.T) {
	rows, _ := d.db.Query(d.ctx, `
select
  s.workflow, s.no, s.state::text, s.pending, s.epoch, s.attempt, s.failures, s.lost, coalesce(s.job, 0),
  coalesce(s.output::text, ''), coalesce(s.error ->> 'message', ''), coalesce(s.outcome_of, -1), coalesce(s.parent, -1)
from weir_internal.step as s
order by s.workflow, s.no`)
	got, err := pgx.CollectRows(rows, pgx.RowToStructByPos[modelRow])
	require.NoError(t, err)

	i := 0
	slices.SortFunc(d.m.workflows, func(a, b *modelWorkflow) int { return int(a.key - b.key) })
	for _, w := range d.m.workflows {
		require.Equal(t, w.status, d.status(t, w.id), w.id)
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
			require.Equal(t, modelRow{
				w.key, no, s.state, s.pending, s.epoch, s.attempt, s.failures, s.lost, s.job, s.output, s.message, s.outcomeOf, s.parent,
			}, row, "%s, step %d", w.id, no)
		}
	}
	require.Len(t, got, i)
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
	for _, w := range d.m.workflows {
		_, err := d.rig.resume(w.id)
		require.NoError(t, err)
		d.m.reopen(w)
	}
	for range 500 {
		d.compare(t)
		if !slices.ContainsFunc(d.m.workflows, func(w *modelWorkflow) bool { return w.status == "RUNNING" }) {
			break
		}
		d.m.now = d.m.now.Add(time.Hour)
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
			require.NoError(t, advance(d.ctx, d.db, advanceSQL, last, []*advanceItem{item}))
			d.checkpointed(t, []*modelThread{thread}, []*advanceItem{item})
		}
	}
	for _, w := range d.m.workflows {
		require.Equal(t, "SUCCESSFUL", w.status)
		output, _ := w.outcome(w.root)
		require.Equal(t, output, scalar[string](t, d.rig, `select weir.output($1)::text`, w.id))
		for no, s := range w.steps {
			ran := s.function != FunctionSleep && s.state == "succeeded"
			require.True(t, !ran || s.attempt > 0, "%s: step %d is done and never ran", w.id, no)
		}
	}
}
