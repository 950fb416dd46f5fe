package actors

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
)

// explained is a connection of its own whose every statement, those inside of
// functions too, tells its plan to told.
func (r *rig) explained(t *testing.T, told func(plan string)) *rig {
	t.Helper()
	config := r.pool.Config().ConnConfig.Copy()
	config.OnNotice = func(_ *pgconn.PgConn, notice *pgconn.Notice) { told(notice.Message) }
	conn, err := pgx.ConnectConfig(r.ctx, config)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	for _, statement := range []string{
		`load 'auto_explain'`, `set auto_explain.log_min_duration = 0`, `set auto_explain.log_nested_statements = on`, `set client_min_messages = log`,
	} {
		_, err := conn.Exec(r.ctx, statement)
		require.NoError(t, err)
	}
	return r.on(conn)
}

var seqScan = regexp.MustCompile(`Seq Scan on actor\w*\b`)

// hotPath makes every call that a busy actor pays for.
func (r *rig) hotPath(t *testing.T, id string) {
	t.Helper()
	r.create(t, "a", id)
	g := r.take(t, "a", id)
	_, _, err := r.call("a", id)
	require.NoError(t, err)
	item, err := r.commit("a", g, "1", passGoOn, "1")
	require.NoError(t, err)
	require.Len(t, item.next, 1)
	g.calls = item.next
	_, err = r.commit("a", g, "2", passGoOn, "2")
	require.NoError(t, err)

	called, _, err := r.call("", id)
	require.NoError(t, err)
	item, err = r.commit("a", r.fetched(t, "a"), "3", passGoOn, "3")
	require.NoError(t, err)
	require.Empty(t, item.next)
	require.NoError(t, r.exec(`select weir_internal.actor_outcomes($1, $2)`, []int64{called.actor}, []int64{called.Seq}))
	require.NoError(t, r.exec(`select weir_internal.actor_reconcile('a', '{1}', '{1}', '10 seconds')`))
	require.NoError(t, r.exec(`select weir_internal.known_actor('C', $1)`, id))
}

func TestHotFunctionsReadByKey(t *testing.T) {
	t.Parallel()
	for name, filled := range map[string]bool{"an empty database": false, "10,000 other actors": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := setupRig(t)
			if filled {
				var batch []*createItem
				for i := range 10_000 {
					batch = append(batch, &createItem{key: key{"other", fmt.Sprint(i)}, queue: "default", args: json.RawMessage("0")})
				}
				_, err := create(r.ctx, r.db, nil, batch, true)
				require.NoError(t, err)
				require.NoError(t, r.exec(`update weir_internal.river_job set state = 'pending'`)) // nobody fetches it
				_, err = r.pool.Exec(r.ctx, `analyze`)
				require.NoError(t, err)
			}
			plans, found := 0, make(map[string]bool)
			e := r.explained(t, func(plan string) {
				if plans++; seqScan.MatchString(plan) && strings.Contains(plan, "Query Text") {
					found[plan[strings.Index(plan, "Query Text"):]] = true
				}
			})
			for i := range 8 { // beyond the calls after which a plan becomes generic
				e.hotPath(t, fmt.Sprint("x", i))
			}
			require.Greater(t, plans, 100)
			require.Empty(t, found)
		})
	}
}

var actualRows = regexp.MustCompile(`on (?:actor|reminder)\w*.*\(actual time=\S+ rows=(\d+)|Rows Removed by \w* ?Filter: (\d+)`)

// reads is what a session read, plan by plan.
type reads struct {
	plans int
	large map[string]bool // plans that read more than a hundred rows
}

// measured is a session that notes how much its statements read.
func (r *rig) measured(t *testing.T) (*rig, *reads) {
	t.Helper()
	did := &reads{large: make(map[string]bool)}
	e := r.explained(t, func(plan string) {
		for _, match := range actualRows.FindAllStringSubmatch(plan, -1) {
			did.plans++
			if rows, _ := strconv.Atoi(match[1] + match[2]); rows > 100 {
				did.large[plan[strings.Index(plan, "Query Text"):]] = true
			}
		}
	})
	require.NoError(t, e.exec(`set auto_explain.log_analyze = on`))
	return e, did
}

// What a call reads grows neither with the calls before it nor with the turns of
// other actors.
func TestCallsReadOnlyWhatTheyAreAbout(t *testing.T) {
	t.Parallel()
	for name, alone := range map[string]bool{"one actor": true, "among many": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			readsLittle(t, alone)
		})
	}
}

const many = 500

func readsLittle(t *testing.T, alone bool) {
	r := ready(t)
	if !alone {
		r.createMany(t, "other", many)
	}
	for range many {
		_, err := r.commit("a", r.take(t, "a", "x"), "1", passGoOn, "1")
		require.NoError(t, err)
	}

	e, did := r.measured(t)
	for range 8 {
		e.failsTwice(t)
		called := e.answersTwice(t)
		require.NoError(t, e.exec(`select weir_internal.actor_outcomes($1, $2)`, []int64{called.actor}, []int64{called.Seq}))
		require.NoError(t, e.exec(`select * from weir.actors where type = 'C' and actor_id = 'x'`))
	}
	require.Empty(t, did.large)
}

// answersTwice has a call answered by each of the functions that commit, and returns the
// second one.
func (r *rig) answersTwice(t *testing.T) Called {
	t.Helper()
	_, err := r.commit("a", r.take(t, "a", "x"), "2", passGoOn, "1")
	require.NoError(t, err)
	called, g, err := r.call("a", "x")
	require.NoError(t, err)
	_, err = r.commit("a", g, "1", passYield, "1")
	require.NoError(t, err)
	return called
}

// failsTwice has a call tried again, and given up.
func (r *rig) failsTwice(t *testing.T) {
	t.Helper()
	_, g, err := r.callWith("a", "x", `{"retries": 1, "backoff_ms": 0}`)
	require.NoError(t, err)
	_, err = r.fail("a", g, passRetry)
	require.NoError(t, err)
	_, err = r.fail("a", r.fetched(t, "a"), passGiveUp)
	require.NoError(t, err)
}

// Plans that were made when an actor had few calls are kept when it has many.
func TestPlansStayGoodAsAnActorsCallsBecomeMany(t *testing.T) {
	t.Parallel()
	r := ready(t)
	require.NoError(t, r.exec(`analyze weir_internal.actor, weir_internal.actor_call`))
	e, did := r.measured(t)
	for i := range 300 {
		_, err := e.commit("a", e.take(t, "a", "x"), "1", passGoOn, "1")
		require.NoError(t, err)
		if i%10 > 0 {
			continue
		}
		e.failsTwice(t)
		called, g, err := e.callWith("a", "x", `{"block": true}`)
		require.NoError(t, err)
		_, err = e.fail("a", g, passGiveUp)
		require.NoError(t, err)
		require.NoError(t, e.exec(`select weir.actor_resume('C', 'x')`))
		_, err = e.commit("a", e.fetched(t, "a"), "1", passGoOn, "1")
		require.NoError(t, err)
		require.NoError(t, e.exec(`select weir_internal.actor_outcomes($1, $2)`, []int64{called.actor}, []int64{called.Seq}))
	}
	require.Empty(t, did.large)
}

// Plans that were made when a worker had no turns are kept when it has many.
func TestPlansStayGoodAsTurnsBecomeMany(t *testing.T) {
	t.Parallel()
	r := ready(t)
	require.NoError(t, r.exec(`vacuum analyze weir_internal.actor_turn`))
	e, did := r.measured(t)
	e.answersTwice(t)
	r.createMany(t, "other", many)
	e.answersTwice(t)
	require.Empty(t, did.large)
}

func TestActorsAndCallsAreUpdatedInPlace(t *testing.T) {
	t.Parallel()
	r := ready(t).session(t)
	for range 300 {
		_, err := r.commit("a", r.take(t, "a", "x"), "1", passGoOn, "1")
		require.NoError(t, err)
	}
	require.NoError(t, r.exec(`select pg_stat_force_next_flush()`))
	require.NoError(t, r.exec(`select pg_stat_clear_snapshot()`))
	for _, table := range []string{"actor", "actor_call"} {
		share := scalar[float64](t, r, `select n_tup_hot_upd::float / n_tup_upd from pg_stat_user_tables where schemaname = 'weir_internal' and relname = $1`, table)
		require.Greater(t, share, 0.9, table)
	}
}
