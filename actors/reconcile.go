package actors

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgweir/weir/engine"
	"github.com/pgweir/weir/internal/outage"
)

const (
	reconcileWait = 5 * time.Second // and up to as much again

	// A turn of which this process knows nothing was lost with an answer when it is
	// so old: a call has callTimeout to come back.
	reconcileOlder = 2 * callTimeout

	// After a fault that is looked for sooner, since somebody waits.
	doubtWait  = 2 * time.Second
	doubtOlder = time.Second
)

// reconciler gives back turns that the database thinks this process has, and ends
// those that it thinks it has not.
type reconciler struct {
	*Runtime
	outage  outage.Log
	doubted chan struct{}
	end     context.CancelFunc
	ended   chan struct{}
}

func newReconciler(r *Runtime) *reconciler {
	return &reconciler{
		Runtime: r,
		outage:  outage.Log{Logger: r.config.Logger, Service: "actors: reconcile"},
		doubted: make(chan struct{}, 1),
		ended:   make(chan struct{}),
	}
}

func (r *reconciler) start() {
	var ctx context.Context
	ctx, r.end = context.WithCancel(context.Background())
	go r.run(ctx)
}

func (r *reconciler) stop() {
	if r.end != nil {
		r.end()
		<-r.ended
	}
}

// doubt says that turns may have been granted of which this process didn't hear.
func (r *reconciler) doubt() {
	select {
	case r.doubted <- struct{}{}:
	default:
	}
}

func (r *reconciler) run(ctx context.Context) {
	defer close(r.ended)
	wait, older := reconcileWait, reconcileOlder
	for {
		timer := time.NewTimer(wait + rand.N(wait))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-r.doubted:
			timer.Stop()
			wait, older = doubtWait, doubtOlder
			continue
		case <-timer.C:
		}
		remains, err := r.runOnce(ctx, older)
		r.outage.Note(ctx, err)
		if err == nil && !remains {
			wait, older = reconcileWait, reconcileOlder
		}
	}
}

const reconcileSQL = `select weir_internal.actor_reconcile($1, $2, $3, $4)`

// runOnce makes one pass. Something remains when an actor was locked.
func (r *reconciler) runOnce(ctx context.Context, older time.Duration) (remains bool, err error) {
	shift, ok := r.Shift()
	if !ok {
		return false, nil
	}
	defer shift.End()
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()

	actors, epochs := r.running.of(shift.Worker)
	rows, _ := r.config.Pool.Query(ctx, reconcileSQL, shift.Worker, actors, epochs, older)
	var epoch *int64
	var lost []int64
	_, err = pgx.ForEachRow(rows, []any{&epoch}, func() error {
		if epoch == nil {
			remains = true
		} else {
			lost = append(lost, *epoch)
		}
		return nil
	})
	if err = engine.FromDatabase(err); errors.Is(err, engine.ErrLost) {
		r.ReportLost(shift.Worker)
		return false, nil
	}
	r.running.lose(lost)
	return remains, err
}
