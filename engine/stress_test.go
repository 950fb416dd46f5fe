package engine

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/queue"
)

// guardSQL has the server refuse to change a step that has succeeded, but for who
// depends on it.
const guardSQL = `
do $do$
begin
  create function public.refuse() returns trigger language plpgsql as $$
  begin
    raise exception 'a recorded step changes: % -> %', old, new;
  end
  $$;
  create trigger guard before update on weir_internal.step
  for each row when (old.state = 'succeeded' and to_jsonb(old) - 'dependents' <> to_jsonb(new) - 'dependents') execute function public.refuse();
end
$do$`

// stress is everything at once on a few workflows. Its random choices need no
// seed to be told: the interleaving is the server's.
type stress struct {
	*rig
	ids  []string
	next atomic.Int64
}

const stressRounds = 150

func TestNothingDeadlocksOrIsStranded(t *testing.T) {
	t.Parallel()
	r := setupRig(t)
	r.exec(t, guardSQL)
	s := &stress{rig: r}
	for i := range 6 {
		id := fmt.Sprintf("w%d", i)
		s.ids = append(s.ids, id)
		if i%2 == 0 {
			r.start(t, id, stressGraph(i)...)
			continue
		}
		_, err := r.startLimited(id, stressGraph(i)...)
		require.NoError(t, err)
	}
	r.limit(t, "name", "n", new(2), nil)
	r.limit(t, "queue", "default", new(4), nil)

	var all sync.WaitGroup
	for range 4 {
		all.Go(func() { s.work(t) })
	}
	for range 2 {
		all.Go(func() { s.steer(t) })
	}
	all.Go(func() { s.tend(t) })
	all.Wait()
	r.requireSound(t)
	if !t.Failed() {
		s.finish(t)
	}
}

// stressGraph has runs, joins, catches, sleeps of no length, events that mostly
// don't come, and a wait for one of two.
func stressGraph(seed int) []Step {
	retries := 1
	steps := []Step{plain()}
	for i := 1; i < 12; i++ {
		step := plain(i - 1)
		if i%4 == seed%4 && i > 2 {
			step = Step{Name: "s", Function: "f", Args: []Arg{{Kind: ArgTry, Step: i - 1}}, After: []int{i - 3}}
		}
		if i == 7 {
			step = Step{Name: "s", Function: FunctionSleep, Args: []Arg{{Value: []byte(`{"seconds": 0}`)}}, After: []int{i - 1, i - 2}}
		}
		if i == 9 {
			step = Step{Name: "s", Function: FunctionEvent, Args: []Arg{{Value: []byte(`{"key": "k", "seconds": 0.01}`)}}, After: []int{i - 1}}
		}
		if i == 10 {
			step = waitFor(1, Arg{Kind: ArgTry, Step: i - 1}, Arg{Kind: ArgTry, Step: i - 4})
		}
		steps = append(steps, step)
	}
	for i := range steps {
		steps[i].Policy = Policy{Retries: &retries, NoDelay: true}
	}
	return steps
}

// waitFor is a step that waits for n of what args take.
func waitFor(n int, args ...Arg) Step {
	settings := fmt.Sprintf(`{"n": %d}`, n)
	return Step{Name: "s", Function: FunctionWait, Args: []Arg{{Value: []byte(settings)}, {Kind: ArgList, List: args}}}
}

// outsideGraph waits for steps that its workflow has already.
func outsideGraph(no int32) []Step {
	outside := Arg{Kind: ArgTry, Step: Outside(no)}
	steps := []Step{{Name: "s", Function: "f", Args: []Arg{outside}}, waitFor(1, Arg{Kind: ArgTry, Step: 0}, outside), plain(1)}
	retries := 1
	for i := range steps {
		steps[i].Policy = Policy{Retries: &retries, NoDelay: true}
	}
	return steps
}

// allowed are the answers that are right although somebody else was faster.
func (s *stress) allowed(t *testing.T, err error) {
	if err == nil || errors.Is(err, ErrLost) || errors.Is(err, ErrFinished) || errors.Is(err, ErrActive) {
		return
	}
	assert.NoError(t, err) // 40P01 among others
}

// work is a worker that dies now and then with what it holds.
func (s *stress) work(t *testing.T) {
	var (
		worker string
		held   []*rigThread
	)
	for round := range stressRounds {
		if round%15 == 0 {
			if worker != "" {
				s.die(t, worker)
			}
			worker, held = fmt.Sprint("worker", s.next.Add(1)), nil
			s.register(t, worker, "f")
		}
		held = append(held, s.claimSome(t, worker)...)
		held = s.writeSome(t, worker, held)
	}
	s.die(t, worker)
}

func (s *stress) die(t *testing.T, worker string) {
	for {
		done, err := s.retire(worker, rand.IntN(2) == 0, 1000)
		s.allowed(t, err)
		if done || err != nil {
			return
		}
	}
}

func (s *stress) claimSome(t *testing.T, worker string) (held []*rigThread) {
	var tokens []*queue.Token
	for range 3 {
		if token := s.fetch(t, worker); token != nil {
			tokens = append(tokens, token)
		}
	}
	slices.SortFunc(tokens, func(a, b *queue.Token) int {
		if a.Workflow != b.Workflow {
			return int(a.Workflow - b.Workflow)
		}
		return int(a.Step - b.Step)
	})
	claimed, err := s.claim(worker, tokens...)
	s.allowed(t, err)
	for i, reply := range claimed {
		if reply.next == nil {
			s.complete(t, tokens[i].Job)
			continue
		}
		held = append(held, &rigThread{worker, tokens[i].Job, reply.next})
	}
	return held
}

// writeSome ends what is held, most of it in one batch, and returns what is held
// then.
func (s *stress) writeSome(t *testing.T, worker string, held []*rigThread) (next []*rigThread) {
	var (
		batch []*rigThread
		items []*advanceItem
	)
	for _, h := range held {
		var err error
		switch rand.IntN(12) {
		case 0:
			_, _, err = s.fail(h, "random", rand.IntN(2) == 0)
			s.complete(t, h.job)
		case 1:
			var r reply
			graph := stressGraph(1)[:3]
			if h.no > 0 {
				graph = outsideGraph(rand.Int32N(h.no))
			}
			r, err = s.delegate(h, true, graph...)
			if input := new(InputError); errors.As(err, &input) {
				err = nil // it would wait for itself
				next = append(next, h)
				break
			}
			if r.next != nil {
				next = append(next, &rigThread{worker, h.job, r.next})
			} else {
				s.complete(t, h.job)
			}
		case 2:
			for released := false; !released && err == nil; {
				released, err = s.release(h)
			}
		case 3:
			next = append(next, h)
		default:
			p := passHand
			if len(h.followers) > 0 && !builtins[h.followers[0].function].waits {
				p = passRun
			}
			batch, items = append(batch, h), append(items, h.item(strconv.FormatInt(s.next.Add(1), 10), p))
		}
		s.allowed(t, err)
	}
	if err := advance(s.ctx, s.db, advanceSQL, worker, slices.Clone(items), true); err != nil {
		s.allowed(t, err)
		return nil
	}
	for i, item := range items {
		switch h := batch[i]; {
		case item.pass == passRun && !item.reply.lost && !item.reply.stopped:
			next = append(next, &rigThread{worker, h.job, h.follow(item.output)})
		case item.reply.next != nil:
			next = append(next, &rigThread{worker, h.job, item.reply.next})
		default:
			s.complete(t, h.job)
		}
	}
	return next
}

// steer cancels, resumes and sends events, and moves a limit.
func (s *stress) steer(t *testing.T) {
	for range stressRounds * 2 {
		id := s.ids[rand.IntN(len(s.ids))]
		var err error
		switch rand.IntN(9) {
		case 0, 1, 2:
			err = s.cancel(id)
		case 3:
			s.limit(t, "name", "n", new(1+rand.IntN(3)), nil)
		case 4:
			_, err = resumeAll(s.ctx, s.db, true)
		case 5, 6:
			err = manage(s.ctx, s.db, `select weir.send_event($1, 'k', to_jsonb($2::bigint))`, id, new(bool), s.next.Add(1))
		default:
			_, err = s.resume(id)
		}
		s.allowed(t, err)
	}
}

// tend fires timers, mends and checks, as every process does.
func (s *stress) tend(t *testing.T) {
	for range stressRounds {
		s.fireTimers(t)
		s.exec(t, `select weir_internal.queue_mend(0, 100)`)
		s.requireSound(t)
	}
}

// finish has one worker that lives bring every workflow to its end.
func (s *stress) finish(t *testing.T) {
	s.register(t, "last", "f")
	for _, id := range s.ids {
		_, err := s.resume(id)
		require.NoError(t, err)
	}
	open := len(s.ids)
	for range 10_000 {
		s.fireTimers(t)
		token := s.fetch(t, "last")
		if token == nil {
			if open = scalar[int](t, s.rig, `select count(*) from weir_internal.workflow where status <> 'SUCCESSFUL'`); open == 0 {
				break
			}
			continue
		}
		claimed, err := s.claim("last", token)
		require.NoError(t, err)
		for next := claimed[0].next; next != nil; {
			reply, err := s.succeed(&rigThread{"last", token.Job, next}, "0", passHand)
			require.NoError(t, err)
			next = reply.next
		}
		s.complete(t, token.Job)
	}
	require.Zero(t, open)
}
