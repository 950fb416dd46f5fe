package integration_test

import (
	"cmp"
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/sdk"
)

// caller is a goroutine of a process.
type caller struct{ PID, Number int }

// entry is the N-th call of a caller.
type entry struct {
	Caller caller
	N      int
}

// visits is the state of an actor that many create and call.
type visits struct {
	Host  caller // whose arg its constructor was given
	Calls []entry
}

var (
	visited = sdk.Actor[visits, caller]{Type: "Visited"}
	visit   = sdk.Method[visits, entry, int]{Actor: "Visited", Name: "visit"}
)

const (
	crowdID    = "crowd"
	crowdCalls = 6
)

// told is what a caller got.
type told struct {
	Entry   entry
	Created bool
	Seq     int64
	Result  int // how many calls were before, with it
}

func (w *worker) crowdHandlers() []sdk.Handler {
	return []sdk.Handler{
		visited.Do(func(_ context.Context, host caller) (*visits, error) {
			w.tell(event{Kind: began, Workflow: crowdID})
			return &visits{Host: host}, nil
		}),
		visit.Do(func(v *visits, _ context.Context, e entry) (int, error) {
			v.Calls = append(v.Calls, e)
			return len(v.Calls), nil
		}),
	}
}

// crowd has goroutines create the same actor once a gate opens, and call it.
func (w *worker) crowd(ctx context.Context, callers int) error {
	if callers == 0 {
		return nil
	}
	<-w.gate(crowdID)
	var all sync.WaitGroup
	errs := make(chan error, callers)
	for number := range callers {
		all.Go(func() { errs <- w.enter(ctx, caller{os.Getpid(), number}) })
	}
	all.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// enter makes a caller's calls one after the other without waiting for results,
// which it fetches in any order.
func (w *worker) enter(ctx context.Context, who caller) error {
	actor, err := visited.GetOrCreate(ctx, w.client, crowdID, who)
	if err != nil {
		return err
	}
	handles := make([]sdk.CallHandle[int], crowdCalls)
	for n := range handles {
		if handles[n], err = visit.Start(ctx, actor, entry{who, n}); err != nil {
			return err
		}
	}
	for _, n := range rand.Perm(crowdCalls) {
		result, err := handles[n].Wait(ctx)
		if err != nil {
			return err
		}
		detail, _ := json.Marshal(told{entry{who, n}, actor.Created(), handles[n].Seq(), result}) // numbers only
		w.tell(event{Kind: answered, Workflow: crowdID, Detail: string(detail)})
	}
	return nil
}

func TestManyCallersOfManyProcessesHaveOneConstructorAndOneOrder(t *testing.T) {
	t.Parallel()
	const processes, callers = 4, 25
	f := setup(t)
	var workers []*process
	for range processes {
		workers = append(workers, f.worker(t, workerConfig{Crowd: callers}))
	}
	for _, p := range workers {
		p.open(t, crowdID)
	}

	var got []told
	for _, e := range f.await(t, processes*callers*crowdCalls, is(answered)) {
		var one told
		require.NoError(t, json.Unmarshal([]byte(e.Detail), &one))
		got = append(got, one)
	}
	require.Len(t, f.find(is(began)), 1, "one constructor ran")
	creators := make(map[caller]bool)
	for _, one := range got {
		if one.Created {
			creators[one.Entry.Caller] = true
		}
	}
	require.Len(t, creators, 1, "one made the actor")

	state := read[visits](t, f, "select state from weir.actors where actor_id = $1", crowdID)[0]
	require.True(t, creators[state.Host], "it was made with the arg of the one")

	slices.SortFunc(got, func(a, b told) int { return cmp.Compare(a.Seq, b.Seq) })
	next := make(map[caller]int)
	for i, one := range got {
		require.Equal(t, i+1, one.Result, "calls ran in the order accepted")
		require.Equal(t, one.Entry, state.Calls[i])
		require.Equal(t, next[one.Entry.Caller], one.Entry.N, "each caller's in its own order")
		next[one.Entry.Caller]++
	}
	for _, p := range workers {
		p.stop(t)
	}
	f.check(t)
}
