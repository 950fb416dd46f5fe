package engine

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/pgweir/weir/queue"
)

// modelThread is a thread of some worker. A zombie's job is another's by now: it
// only tries to write.
type modelThread struct {
	*rigThread
	zombie bool
}

// modelToken is a job that was fetched and not claimed yet.
type modelToken struct {
	worker string
	*queue.Token
}

func (d *modelDriver) fetch(t *rapid.T) {
	worker := d.anyWorker(t)
	token := d.rig.fetch(t, worker)
	switch {
	case token == nil:
	case rapid.Bool().Draw(t, "claims"):
		d.claimOne(t, modelToken{worker, token})
	default:
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
		t.Skip("nothing is fetched")
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
	require.Len(t, next.followers, min(s.run, 49))
	for i, f := range next.followers {
		require.Equal(t, []int{no + i + 1, w.steps[no+i+1].epoch}, []int{int(f.no), int(f.epoch)})
	}
	for i, dep := range s.deps {
		source := w.source(dep)
		require.Equal(t, source.output, string(next.inputs.outputs[i]), "input from %d", dep)
		if source.message != "" {
			require.Contains(t, string(next.inputs.errors[i]), source.message)
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
		t.Skip("nothing is held")
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
		if len(thread.followers) > 0 && rapid.IntRange(0, 3).Draw(t, "run") > 0 && !builtins[thread.followers[0].function].waits {
			p = passRun
		}
		d.outputs++
		items[i] = thread.item(strconv.Itoa(d.outputs), p)
	}
	err := advance(d.ctx, d.db, advanceSQL, first.worker, slices.Clone(items), true)
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
		d.m.end(s, "succeeded")
		s.output, s.attempt, s.job = string(items[i].output), int(thread.attempt), thread.job
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
	for _, a := range arrivals { // roots first
		if a.no == a.w.root {
			d.m.succeed(a.w)
		}
	}
	handed := d.m.arrive(d.m.workers[batch[0].worker], arrivals...)
	for i, a := range arrivals {
		d.hold(t, batch[of[i]].worker, batch[of[i]].job, a.w, handed[i], items[of[i]].reply.next)
	}
}

func (d *modelDriver) delegate(t *rapid.T) {
	thread := d.takeThread(t)
	w, s := d.m.mine(thread.workflow, thread.no, thread.epoch)
	var steps []Step
	if s == nil {
		steps = d.graph(t, nil)
	} else {
		steps = d.graph(t, w.waitedFor())
	}
	hand := rapid.Bool().Draw(t, "hand")
	reply, err := d.rig.delegate(thread.rigThread, hand, steps...)
	if !d.alive(thread.worker) {
		require.ErrorIs(t, err, ErrLost)
		return
	}
	outside := outsideOf(steps)
	if s != nil && s.state != "halted" {
		if reason := w.refusesToTake(outside, steps, int(thread.no)); reason != "" {
			require.ErrorContains(t, err, reason)
			d.failOne(t, thread, true)
			return
		}
	}
	require.NoError(t, err)
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
	d.m.attach(w, outside, s.first)
	d.hold(t, thread.worker, thread.job, w, handed, reply.next)
}

func (d *modelDriver) fail(t *rapid.T) {
	thread := d.takeThread(t)
	d.failOne(t, thread, rapid.IntRange(0, 2).Draw(t, "permanent") == 0)
}

func (d *modelDriver) failOne(t *rapid.T, thread *modelThread, permanent bool) {
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
		s.attempt, s.pending, s.wake = int(thread.attempt), 0, time.Time{}
		want = "retry"
		if permanent || s.failures > s.retries {
			want = "failed"
			d.m.giveUp(w, int(thread.no), message)
		} else {
			s.state, s.wake, s.due = "scheduled", d.m.now, d.m.now
		}
	}
	require.Equal(t, want, verdict)
	require.Equal(t, want == "failed" && w.status != "RUNNING", ended)
	d.over(t, thread)
}

// release gives a job back, as a thread in doubt does.
func (d *modelDriver) release(t *rapid.T) {
	thread := d.takeThread(t)
	if thread.zombie {
		return
	}
	released, err := d.rig.release(thread.rigThread)
	if !d.alive(thread.worker) {
		require.ErrorIs(t, err, ErrLost)
		return
	}
	require.NoError(t, err)
	require.True(t, released)
	d.m.requeue([]int64{thread.job}, false, false, 0)
}
