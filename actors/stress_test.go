package actors

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/engine"
)

// Workers are retired while they live, as by a sweep that was wrong; they come back
// under new ids. Whatever runs twice, each call is answered once, and the state is
// what the answers say.
func TestEachCallCountsOnceWhateverIsLost(t *testing.T) {
	t.Parallel()
	a := setup(t)
	processes := []*process{a, setupOn(t, a.pool), setupOn(t, a.pool)}
	const ids, callers, each = 4, 12, 40
	for i := range ids {
		a.create(t, fmt.Sprint("x", i))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*promptly)
	defer cancel()
	var (
		all       sync.WaitGroup
		succeeded [ids]atomic.Int64
	)
	for i := range callers {
		p := processes[i%len(processes)]
		all.Go(func() {
			for range each {
				actor := rand.N(ids)
				call := params([]string{"add", "add", "spoil", "panic"}[rand.N(4)], 1)
				call.ID = fmt.Sprint("x", actor)
				_, err := p.RunCall(ctx, call)
				var failed *CallError
				switch {
				case err == nil:
					succeeded[actor].Add(1)
				case !errors.As(err, &failed):
					t.Error(err)
				case errors.Is(err, engine.ErrLost): // poisoned by the retirements
					t.Error(err)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { all.Wait(); close(done) }()
	retired := 0
	for running := true; running; {
		select {
		case <-done:
			running = false
		case <-time.After(150 * time.Millisecond):
			var id string
			err := a.pool.QueryRow(ctx, `select id from weir_internal.worker order by random() limit 1`).Scan(&id)
			if errors.Is(err, pgx.ErrNoRows) {
				continue
			}
			require.NoError(t, err)
			var ok bool
			require.NoError(t, a.pool.QueryRow(ctx, `select weir_internal.worker_retire($1, true, 1000)`, id).Scan(&ok))
			if ok {
				retired++
			}
		}
	}
	t.Log(retired, "lives were ended")
	for i := range ids {
		var c counter
		var state json.RawMessage
		require.NoError(t, a.pool.QueryRow(ctx, `select state from weir.actors where actor_id = $1`, fmt.Sprint("x", i)).Scan(&state))
		require.NoError(t, json.Unmarshal(state, &c))
		require.Equal(t, succeeded[i].Load(), int64(c.N))
	}
}
