package actors

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
	"github.com/pgweir/weir/internal/testdb"
)

// without is a process on p's database that has no code, and asks for what p has.
func (p *process) without(t *testing.T) *process {
	t.Helper()
	return newCounters().start(t, Config{Engine: engine.Config{Pool: p.pool}})
}

func (p *process) ask(t *testing.T, query string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), promptly)
	defer cancel()
	result, err := p.QueryActor(ctx, "Counter", "x", query, json.RawMessage("null"))
	return string(result), err
}

func TestQueryIsRunByAWorkerThatHasIt(t *testing.T) {
	t.Parallel()
	p := setup(t)
	asks := p.without(t)
	_, err := asks.ask(t, "get")
	require.ErrorIs(t, err, engine.ErrNotFound)
	p.create(t, "x")
	p.mustRun(t, "add", 7, 7)
	require.Equal(t, 7, asks.get(t))
	require.Zero(t, p.asked(t), "an answer is forgotten when it is known")
}

func (p *process) asked(t *testing.T) (questions int) {
	t.Helper()
	require.NoError(t, p.pool.QueryRow(t.Context(), `select count(*) from weir_internal.actor_query`).Scan(&questions))
	return questions
}

func TestQueryOnAWorkerWaitsForNoCall(t *testing.T) {
	t.Parallel()
	p := setup(t)
	asks := p.without(t)
	p.create(t, "x")
	p.mustRun(t, "add", 1, 1)
	called, err := asks.CallActor(t.Context(), params("gate", 10))
	require.NoError(t, err)
	<-p.entered
	require.Equal(t, 1, asks.get(t))
	close(p.open)
	_, err = asks.WaitCall(t.Context(), called)
	require.NoError(t, err)
	require.Equal(t, 11, asks.get(t))
}

func TestErrorsOfAQueryTravel(t *testing.T) {
	t.Parallel()
	s := newCounters()
	typ := s.typ()
	for name, err := range map[string]error{"fails": errBroken, "refuses": &engine.InputError{Field: "n", Reason: "is odd"}} {
		typ.Queries[name] = func(context.Context, json.RawMessage, json.RawMessage) (json.RawMessage, error) { return nil, err }
	}
	typ.Queries["panics"] = func(context.Context, json.RawMessage, json.RawMessage) (json.RawMessage, error) { panic("oh no") }
	typ.Queries["large"] = func(context.Context, json.RawMessage, json.RawMessage) (json.RawMessage, error) {
		return json.Marshal(strings.Repeat("x", 200))
	}
	p := s.start(t, Config{Engine: engine.Config{Pool: testdb.New(t), Limits: engine.Limits{MaxPayload: 200}}, Types: []Type{typ}})
	asks := p.without(t)
	p.create(t, "x")
	p.mustRun(t, "add", 1, 1)

	for query, want := range map[string]struct {
		text string
		is   error
	}{
		"fails":   {"actor Counter \"x\": fails failed after 1 attempt: broken", nil},
		"refuses": {"n: is odd", engine.ErrInput},
		"panics":  {"oh no", engine.ErrPanic},
		"large":   {"result", engine.ErrInput},
	} {
		_, err := asks.ask(t, query)
		require.ErrorContains(t, err, want.text)
		var failed *CallError
		require.ErrorAs(t, err, &failed, query)
		require.Equal(t, query, failed.Err.Step)
		if want.is != nil {
			require.ErrorIs(t, err, want.is)
		}
	}
	require.Equal(t, 1, asks.get(t), "the actor goes on")
}

func TestWhatNoWorkerHasIsRefused(t *testing.T) {
	t.Parallel()
	p := setup(t)
	asks := p.without(t)
	p.create(t, "x")
	p.mustRun(t, "add", 1, 1)
	for _, of := range []*process{p, asks} {
		_, err := of.ask(t, "none")
		require.ErrorIs(t, err, engine.ErrUnknownMethod)
		_, err = of.ask(t, "a.b")
		require.ErrorIs(t, err, engine.ErrInput)
		_, err = of.run(t, "none", 1)
		require.ErrorIs(t, err, engine.ErrUnknownMethod)
		require.ErrorContains(t, err, `no worker has the method "none" of Counter`)
		_, err = of.run(t, "get", 1)
		require.ErrorIs(t, err, engine.ErrUnknownMethod, "a query is no method")
		_, err = of.ask(t, "add")
		require.ErrorIs(t, err, engine.ErrUnknownMethod, "a method is no query")
		err = of.Remind(t.Context(), RemindParams{Call: params("none", 1), Name: "r", Every: time.Hour, CatchUp: "one"})
		require.ErrorIs(t, err, engine.ErrUnknownMethod)
		_, err = of.CallActor(t.Context(), CallParams{Type: "Counter", ID: "nobody", Method: "none", Args: json.RawMessage("1")})
		require.ErrorIs(t, err, engine.ErrNotFound)
	}
	asks.mustRun(t, "add", 1, 2)
}

// A call, or a question, of a type that no worker knows may be for one that is yet to
// come, such as after a restart.
func TestATypeWithoutWorkersIsWaitedFor(t *testing.T) {
	t.Parallel()
	p := setup(t)
	asks := p.without(t)
	p.create(t, "x")
	p.mustRun(t, "add", 1, 1)
	require.NoError(t, p.Stop(t.Context()))

	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(50*time.Millisecond, func() { cancel(errBroken) })
	_, err := asks.QueryActor(ctx, "Counter", "x", "get", json.RawMessage("null"))
	require.ErrorIs(t, err, errBroken)
	require.Equal(t, 1, p.asked(t), "nobody waits for it any more")

	called, err := asks.CallActor(t.Context(), params("add", 1))
	require.NoError(t, err)
	later := make(chan string, 1)
	go func() {
		n, err := asks.ask(t, "get")
		later <- fmt.Sprint(n, err)
	}()
	require.Eventually(t, func() bool { return p.asked(t) == 2 }, promptly, time.Millisecond)
	setupOn(t, p.pool)
	require.Contains(t, []string{"1<nil>", "2<nil>"}, <-later)
	_, err = asks.WaitCall(t.Context(), called)
	require.NoError(t, err)
}

func TestQuestionsEndWithTheRuntimeAndTheActor(t *testing.T) {
	t.Parallel()
	p := setup(t)
	asks := p.without(t)
	p.create(t, "x")
	p.mustRun(t, "add", 1, 1)
	require.NoError(t, p.Stop(t.Context()))
	ask := func() error {
		_, err := asks.ask(t, "get")
		return err
	}
	closed := make(chan error, 1)
	go func() { closed <- ask() }()
	require.Eventually(t, func() bool { return p.asked(t) == 1 }, promptly, time.Millisecond)

	deleted := make(chan error, 1)
	other := p.without(t)
	go func() {
		_, err := other.ask(t, "get")
		deleted <- err
	}()
	require.Eventually(t, func() bool { return p.asked(t) == 2 }, promptly, time.Millisecond)
	require.NoError(t, asks.Stop(t.Context()))
	require.ErrorIs(t, <-closed, engine.ErrClosed)
	require.NoError(t, other.DeleteActor(t.Context(), "Counter", "x"))
	setupOn(t, p.pool)
	require.ErrorIs(t, <-deleted, engine.ErrNotFound)
}

// asked has a session ask for the query "q" of "x".
func (r *rig) asked(t *testing.T) (job int64) {
	t.Helper()
	return scalar[int64](t, r, askSQL, "C", "x", "q", json.RawMessage("1"))
}

// answers is what a session finds out about a question: nothing, "lost" or an answer.
func (r *rig) answersTo(t *testing.T, job int64) string {
	t.Helper()
	return scalar[string](t, r, `
select coalesce(max(case when lost then 'lost' else coalesce(result, error)::text end), '')
from weir_internal.actor_answers(array[$1::bigint])`, job)
}

func TestAQuestionIsLostWithItsWorker(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*rig) error{
		"that died": func(r *rig) error { _, err := r.retire("a", true, 5); return err },
		"that left": func(r *rig) error { _, err := r.retire("a", false, 5); return err },
		"that came back when it was gone": func(r *rig) error {
			err := r.exec(`delete from weir_internal.worker where id = 'a'`)
			require.Equal(t, "running", scalar[string](t, r, `select max(state::text) from weir_internal.river_job`))
			_, retireErr := r.retire("a", true, 5)
			return errors.Join(err, retireErr)
		},
		"that doesn't know of it": func(r *rig) error {
			return r.exec(`select weir_internal.worker_reconcile('a', '{}', '-1 hour')`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := ready(t)
			job := r.asked(t)
			require.Empty(t, r.answersTo(t, job))
			token := r.fetch(t, "a")
			require.Equal(t, job, token.Job)
			require.Equal(t, int32(queryStep), token.Step)
			require.NoError(t, r.exec(`select weir_internal.worker_reconcile('a', array[$1::bigint], '-1 hour')`, job))
			require.Empty(t, r.answersTo(t, job), "the worker knows of it")
			require.NoError(t, end(r))
			require.Equal(t, "cancelled", scalar[string](t, r, `select state::text from weir_internal.river_job where id = $1`, job))
			require.Equal(t, "lost", r.answersTo(t, job))
			require.Nil(t, r.fetch(t, "b"), "who asked asks again")
		})
	}
}

func TestAQuestionIsAnsweredOnceAndForgotten(t *testing.T) {
	t.Parallel()
	r := ready(t)
	job := r.asked(t)
	r.fetch(t, "a")
	require.Equal(t, "0", scalar[string](t, r, `select state::text from weir_internal.actor_asked($1)`, job))
	require.NoError(t, r.exec(answerSQL, job, json.RawMessage("7"), nil))
	require.NoError(t, r.exec(answerSQL, job, json.RawMessage("8"), nil))
	require.Zero(t, scalar[int](t, r, `select count(*) from weir_internal.actor_asked($1)`, job))
	require.Equal(t, "7", r.answersTo(t, job))
	require.Equal(t, "lost", r.answersTo(t, job), "an answer that didn't come through")
}

func TestOldQuestionsAreForgottenByLaterOnes(t *testing.T) {
	t.Parallel()
	r := ready(t)
	old := r.asked(t)
	require.NoError(t, r.exec(`update weir_internal.actor_query set asked_at = asked_at - interval '11 minutes'`))
	r.asked(t)
	require.Empty(t, r.answersTo(t, old), "somebody may wait for it: no worker has come yet")
	require.NoError(t, r.exec(`select weir_internal.river_retire(array[$1::bigint])`, old))
	job := r.asked(t)
	require.Equal(t, 2, scalar[int](t, r, `select count(*) from weir_internal.actor_query`))
	require.Equal(t, "lost", r.answersTo(t, old))
	require.Empty(t, r.answersTo(t, job))
}

func TestAQueryThatLosesItsWorkersIsGivenUp(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t)
	config := engine.Config{Pool: pool, Poison: 3}
	asks := newCounters().start(t, Config{Engine: config})
	r := &rig{ctx: t.Context(), pool: pool, db: pool}
	r.register(t, "a", "C", "C.m", "C..q")
	r.create(t, "a", "x")
	done := make(chan error, 1)
	go func() {
		_, err := asks.QueryActor(t.Context(), "C", "x", "q", json.RawMessage("1"))
		done <- err
	}()
	for range 3 {
		require.Eventually(t, func() bool { return r.fetch(t, "a") != nil }, promptly, time.Millisecond)
		require.NoError(t, r.exec(`select weir_internal.worker_reconcile('a', '{}', '-1 hour')`))
	}
	err := <-done
	require.ErrorIs(t, err, engine.ErrLost)
	require.ErrorContains(t, err, "given up after 3 of its attempts were lost with their workers")
	_, err = r.retire("a", false, 5)
	require.NoError(t, err)
}
