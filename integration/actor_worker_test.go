package integration_test

import (
	"context"
	"os"

	"github.com/jackc/pgx/v5"

	"github.com/pgweir/weir/sdk"
)

// tally is the state of the tests' actors: what was added, and by which processes.
type tally struct {
	Total int
	By    []int
}

var (
	tallies = sdk.Actor[tally, int]{Type: "Tally"}
	add     = sdk.Method[tally, task, int]{Actor: "Tally", Name: "add"}
	addTx   = sdk.Method[tally, task, int]{Actor: "Tally", Name: "add_tx"}

	// addThrice adds itself, and then twice by calls of the actor.
	addThrice = sdk.Method[tally, task, int]{Actor: "Tally", Name: "add_thrice"}

	// total waits for the gate that its argument names, in the process with this pid.
	total = sdk.Query[tally, gated, int]{Actor: "Tally", Name: "total"}

	// relay calls an actor from a process that can run the call itself.
	relay = sdk.Step2[string, task, int64]{Name: "relay"}
)

type gated struct {
	Gate string
	PID  int
}

func (w *worker) actorHandlers() []sdk.Handler {
	return []sdk.Handler{
		tallies.Do(func(_ context.Context, total int) (*tally, error) { return &tally{Total: total}, nil }),
		add.Do(func(state *tally, ctx context.Context, do task) (int, error) { return w.add(ctx, state, do) }),
		addTx.DoTx(func(state *tally, ctx context.Context, tx pgx.Tx, do task) (int, error) {
			call, _ := sdk.InfoOfCall(ctx)
			_, err := tx.Exec(ctx, "insert into public.wrote (workflow, step, attempt, pid) values ($1, $2, $3, $4)",
				call.ID, call.Method, call.Attempt, os.Getpid())
			if err != nil {
				return 0, err
			}
			return w.add(ctx, state, do)
		}),
		total.Do(func(state tally, ctx context.Context, at gated) (int, error) {
			w.tell(event{Kind: began, Step: total.Name})
			if at.PID == os.Getpid() {
				<-w.gate(at.Gate)
			}
			return state.Total, nil
		}),
		addThrice.Continue(func(state *tally, ctx context.Context, do task) (sdk.Ref[int], error) {
			call, _ := sdk.InfoOfCall(ctx)
			if _, err := w.add(ctx, state, do); err != nil {
				return sdk.Ref[int]{}, err
			}
			self := tallies.At(call.ID)
			return add.Call(self, do).After(add.Call(self, do)), nil
		}),
		relay.Do(func(ctx context.Context, id string, do task) (int64, error) {
			actor, err := tallies.Get(ctx, w.client, id)
			if err != nil {
				return 0, err
			}
			handle, err := add.Start(ctx, actor, do)
			return handle.Seq(), err
		}),
	}
}

// add does what a task says, as perform does.
func (w *worker) add(ctx context.Context, state *tally, do task) (int, error) {
	call, _ := sdk.InfoOfCall(ctx)
	tell := func(k kind, detail string) {
		w.tell(event{Kind: k, Workflow: call.ID, Step: call.Method, Attempt: call.Attempt, Detail: detail})
	}
	state.Total += do.Value
	state.By = append(state.By, os.Getpid())
	tell(began, "")
	if do.Exit {
		os.Exit(exitPoison)
	}
	linger(ctx, do.LingerMS)
	if do.Gate != "" && call.Attempt == 1 {
		tell(waits, "")
		select {
		case <-w.gate(do.Gate):
		case <-ctx.Done():
			tell(cancelled, causeOf(ctx))
			if !do.Deaf {
				return 0, context.Cause(ctx)
			}
			<-w.gate(do.Gate)
		}
	}
	tell(ended, "")
	return state.Total, nil
}
