package actors

import (
	"context"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
	"github.com/pgweir/weir/internal/testdb"
)

func TestFiftyCreatorsOneConstructor(t *testing.T) {
	t.Parallel()
	a := setup(t)
	b := setupOn(t, a.pool)
	var all sync.WaitGroup
	created := make(chan bool, 50)
	for i := range 50 {
		p := []*process{a, b}[i%2]
		all.Go(func() {
			actor := p.create(t, "x")
			created <- actor.Created
			if err := p.WaitReady(t.Context(), actor); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	close(created)
	n := 0
	for c := range created {
		if c {
			n++
		}
	}
	require.Equal(t, 1, n)
	require.Equal(t, int64(1), a.constructed.Load()+b.constructed.Load())
}

func TestCallsOfManyProcessesRunInTheOrderAccepted(t *testing.T) {
	t.Parallel()
	a := setup(t)
	processes := []*process{a, setupOn(t, a.pool), setupOn(t, a.pool)}
	a.create(t, "x")
	const callers, each = 9, 20
	var all sync.WaitGroup
	for i := range callers {
		p := processes[i%len(processes)]
		all.Go(func() {
			for j := range each {
				called, err := p.CallActor(t.Context(), params("log", 1000*i+j))
				if err != nil {
					t.Error(err)
					return
				}
				if j%5 == 4 {
					if _, err := p.WaitCall(t.Context(), called); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	all.Wait()
	_, err := a.run(t, "log", -1)
	require.NoError(t, err)

	var ran, accepted []int
	require.NoError(t, a.pool.QueryRow(t.Context(), `select array(select jsonb_array_elements_text(state -> 'Calls')::int) from weir.actors`).Scan(&ran))
	require.NoError(t, a.pool.QueryRow(t.Context(), `select array_agg(args::int order by seq) from weir.actor_calls where method = 'log'`).Scan(&accepted))
	require.Equal(t, accepted, ran)
	next := make(map[int]int)
	for _, n := range ran[:len(ran)-1] {
		require.Equal(t, next[n/1000], n%1000, "one caller's calls are in its order")
		next[n/1000]++
	}
}

func TestFailedCallLeavesTheStateAsItWas(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.create(t, "x")
	p.mustRun(t, "add", 5, 5)
	for method, is := range map[string]error{"spoil": nil, "panic": engine.ErrPanic} {
		_, err := p.run(t, method, 0)
		var failed *CallError
		require.ErrorAs(t, err, &failed)
		require.Equal(t, method, failed.Err.Step)
		require.Equal(t, 1, failed.Err.Attempts)
		require.Equal(t, "x", failed.ID)
		if is != nil {
			require.ErrorIs(t, err, is)
			require.NotEmpty(t, failed.Err.Stack)
		}
		require.Equal(t, 5, p.get(t))
	}
	p.mustRun(t, "add", 1, 6)
}

func TestFailuresWithinABatchHarmNoNeighbour(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.create(t, "x")
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			method := []string{"add", "spoil", "panic"}[i%3]
			if _, err := p.run(t, method, 1); (err == nil) != (method == "add") {
				t.Error(method, err)
			}
		})
	}
	all.Wait()
	require.Equal(t, 14, p.get(t))
}

func TestTimeoutIsAFailedCall(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.create(t, "x")
	call := params("gate", 3)
	call.Policy.Timeout = 20 * time.Millisecond
	_, err := p.runWith(t, call)
	require.ErrorIs(t, err, engine.ErrTimeout)
	require.Zero(t, p.get(t))
}

func TestRetriesHoldTheCallsPlace(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.create(t, "x")
	retries := 2
	call := params("spoil", 0)
	call.Policy = engine.Policy{Retries: &retries, NoDelay: true}
	failed := make(chan error, 1)
	called, err := p.CallActor(t.Context(), call)
	require.NoError(t, err)
	go func() {
		_, err := p.WaitCall(t.Context(), called)
		failed <- err
	}()
	p.mustRun(t, "add", 1, 1)
	require.Equal(t, int64(4), p.runs.Load(), "three attempts, and what came behind them")
	var callErr *CallError
	require.ErrorAs(t, <-failed, &callErr)
	require.Equal(t, 3, callErr.Err.Attempts)
}

func TestBlockingCallHoldsTheOthersUntilAResume(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.create(t, "x")
	call := params("spoil", 0)
	call.Block = true
	_, err := p.runWith(t, call)
	require.ErrorIs(t, err, ErrBlocked)
	var failed *CallError
	require.ErrorAs(t, err, &failed)

	behind, err := p.CallActor(t.Context(), params("add", 1))
	require.NoError(t, err)
	require.NoError(t, p.ResumeActor(t.Context(), "Counter", "x")) // it fails again
	require.Eventually(t, func() bool { return p.runs.Load() == 2 }, promptly, time.Millisecond)
	_, err = p.WaitCall(t.Context(), Called{key: behind.key, actor: behind.actor, Seq: behind.Seq - 1})
	require.ErrorIs(t, err, ErrBlocked)
	require.Zero(t, p.get(t))
	require.NoError(t, p.DeleteActor(t.Context(), "Counter", "x"))
	_, err = p.WaitCall(t.Context(), behind)
	require.ErrorIs(t, err, engine.ErrNotFound)
}

func TestConstructorThatFailsIsCalledAgainByTheNextCall(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.broken.Store(true)
	actor := p.create(t, "x")
	require.ErrorContains(t, p.WaitReady(t.Context(), actor), "its constructor failed after 1 attempt: broken")
	_, err := p.run(t, "add", 1)
	require.ErrorContains(t, err, "broken")
	_, err = p.QueryActor(t.Context(), "Counter", "x", "get", json.RawMessage("null"))
	require.ErrorContains(t, err, "broken")
	p.broken.Store(false)
	p.mustRun(t, "add", 1, 1)
	require.NoError(t, p.WaitReady(t.Context(), actor))
}

func TestReadersSeeCommittedStateDuringATurn(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.create(t, "x")
	p.mustRun(t, "add", 1, 1)
	called, err := p.CallActor(t.Context(), params("gate", 10))
	require.NoError(t, err)
	<-p.entered
	require.Equal(t, 1, p.get(t))
	close(p.open)
	_, err = p.WaitCall(t.Context(), called)
	require.NoError(t, err)
	require.Equal(t, 11, p.get(t))
}

func TestAnswersDontWaitForASlowCallBehindThem(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.create(t, "x")
	holder, err := p.CallActor(t.Context(), params("gate", 0))
	require.NoError(t, err)
	<-p.entered
	quick, err := p.CallActor(t.Context(), params("add", 1))
	require.NoError(t, err)
	slow, err := p.CallActor(t.Context(), params("gate", 0))
	require.NoError(t, err)
	p.open <- struct{}{}
	<-p.entered // the slow one runs in the batch of the quick one
	for _, called := range []Called{holder, quick} {
		_, err = p.WaitCall(t.Context(), called)
		require.NoError(t, err)
	}
	require.Equal(t, 1, p.get(t))
	close(p.open)
	_, err = p.WaitCall(t.Context(), slow)
	require.NoError(t, err)
}

func TestStateThatDoesNotDecodeFailsTheCallAndStays(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.create(t, "x")
	p.mustRun(t, "add", 1, 1)
	_, err := p.SetActorState(t.Context(), "Counter", "x", json.RawMessage(`"odd"`), 2, "a test")
	require.NoError(t, err)
	_, err = p.run(t, "add", 1)
	require.ErrorContains(t, err, `state of actor Counter "x"`)
	_, err = p.SetActorState(t.Context(), "Counter", "x", json.RawMessage(`{"N": 7}`), 2, "a test")
	require.ErrorIs(t, err, engine.ErrVersion)
	_, err = p.SetActorState(t.Context(), "Counter", "x", json.RawMessage(`{"N": 7}`), 3, "a test")
	require.NoError(t, err)
	p.mustRun(t, "add", 1, 8)
}

func TestStoppingProcessGivesItsTurnsBackAtOnce(t *testing.T) {
	t.Parallel()
	a := setup(t)
	s := newCounters()
	leaver := s.start(t, Config{Engine: engine.Config{Pool: a.pool, SoftStop: 50 * time.Millisecond}, Types: []Type{s.typ()}})
	leaver.create(t, "x")
	called, err := leaver.CallActor(t.Context(), params("gate", 1))
	require.NoError(t, err)
	ctx := <-leaver.entered
	stopped := make(chan error, 1)
	go func() { stopped <- leaver.Stop(context.WithoutCancel(t.Context())) }()
	<-a.entered
	require.ErrorIs(t, context.Cause(ctx), engine.ErrStopping)
	close(a.open)
	result, err := a.WaitCall(t.Context(), called)
	require.NoError(t, err)
	require.JSONEq(t, "1", string(result))
	require.NoError(t, <-stopped)
	var attempt, lost int
	require.NoError(t, a.pool.QueryRow(t.Context(), `select attempt, lost from weir.actor_calls where method = 'gate'`).Scan(&attempt, &lost))
	require.Equal(t, 1, attempt)
	require.Zero(t, lost)
}

func TestDeletedActorsTurnIsCancelledAndRecordsNothing(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.create(t, "x")
	_, err := p.CallActor(t.Context(), params("gate", 5))
	require.NoError(t, err)
	ctx := <-p.entered
	require.NoError(t, p.DeleteActor(t.Context(), "Counter", "x"))
	p.create(t, "x")
	_, err = p.reconciler.runOnce(t.Context(), reconcileOlder)
	require.NoError(t, err)
	<-ctx.Done()
	require.ErrorIs(t, context.Cause(ctx), engine.ErrLost)
	p.mustRun(t, "add", 1, 1)
}

func TestUnknownActorsAndMethods(t *testing.T) {
	t.Parallel()
	p := setup(t)
	_, err := p.run(t, "add", 1)
	require.ErrorIs(t, err, engine.ErrNotFound)
	_, err = p.FindActor(t.Context(), "Counter", "x")
	require.ErrorIs(t, err, engine.ErrNotFound)
	p.create(t, "x")
	found, err := p.FindActor(t.Context(), "Counter", "x")
	require.NoError(t, err)
	require.NoError(t, p.WaitReady(t.Context(), found))
	_, err = p.QueryActor(t.Context(), "Counter", "x", "none", json.RawMessage("null"))
	require.ErrorIs(t, err, engine.ErrUnknownMethod)
	for _, call := range []CallParams{
		{}, {Type: "a.b", ID: "x", Method: "m", Args: json.RawMessage("1")}, {Type: "C", ID: "x", Method: "m", Args: json.RawMessage("{")},
	} {
		_, err = p.CallActor(t.Context(), call)
		require.ErrorIs(t, err, engine.ErrInput)
	}
	listed, err := p.ListActors(t.Context(), "Counter", "", 10)
	require.NoError(t, err)
	require.Len(t, listed, 1)
	require.Equal(t, "READY", listed[0].Status)
}

func TestCallsBeyondTheSlotsGoByRiver(t *testing.T) {
	t.Parallel()
	s := newCounters()
	p := s.start(t, Config{Engine: engine.Config{Pool: testdb.New(t), Queues: map[string]int{"default": 2}}, Types: []Type{s.typ()}})
	ids := []string{"a", "b", "c", "d", "e"}
	var called []Called
	for _, id := range ids {
		require.NoError(t, p.WaitReady(t.Context(), p.create(t, id)))
	}
	for _, id := range ids {
		call := params("gate", 1)
		call.ID = id
		c, err := p.CallActor(t.Context(), call)
		require.NoError(t, err)
		called = append(called, c)
	}
	for range 4 { // two at once, and two by River
		<-p.entered
	}
	close(p.open)
	for _, c := range called {
		_, err := p.WaitCall(t.Context(), c)
		require.NoError(t, err)
	}
}
