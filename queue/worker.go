package queue

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pgweir/weir/internal/outage"
)

const (
	// abandonTimeout is how long Stop waits at most for the requeueing of what
	// runs on when its ctx is over.
	abandonTimeout = time.Second

	beginRetryMin = 100 * time.Millisecond
	beginRetryMax = 2 * time.Second
)

// Worker takes tokens from its queues and has them run, as long as it is alive.
// It is safe for use by several goroutines.
type Worker struct {
	config  *Config
	signals testSignals

	current  atomic.Pointer[life] // the last life that began
	draining atomic.Bool

	mu      sync.Mutex
	started bool
	cancel  context.CancelFunc // ends supervise
	ended   chan struct{}      // closed when supervise has ended
	stopped chan struct{}      // closed when nothing of the worker is left

	living *life          // what supervise has left for Stop; nil if there is none
	buried sync.WaitGroup // lives that were lost and haven't ended yet
}

// New returns a worker that is not started. The error names the setting that is
// missing or out of bounds. Nothing is asked of the database.
func New(config Config) (*Worker, error) {
	c := config.WithDefaults()
	if err := c.validate(); err != nil {
		return nil, err
	}

	// River checks its part of the settings when a client is made.
	if _, err := newRiverClient(c, newID(), func(Token) {}); err != nil {
		return nil, err
	}

	return &Worker{
		config:  c,
		ended:   make(chan struct{}),
		stopped: make(chan struct{}),
	}, nil
}

// Start registers the worker and begins to take tokens. ctx bounds the start
// only; its values reach Config.Run. After an error that isn't [ErrStarted] it
// may be called again.
func (w *Worker) Start(ctx context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()

	if w.started {
		return ErrStarted
	}

	first, err := beginLife(ctx, w.config, &w.signals)
	if err != nil {
		return err
	}
	w.current.Store(first)
	w.started = true

	var superviseCtx context.Context
	superviseCtx, w.cancel = context.WithCancel(context.WithoutCancel(ctx))
	go w.supervise(superviseCtx, first)

	return nil
}

// Stop ends the worker in good order and returns when nothing of it is left.
// First [Worker.Draining] becomes true; what runs has Config.SoftStop to yield,
// then contexts are cancelled with [ErrStopping]. If ctx ends before, everything
// that still runs is taken away from this process and requeued for others, and
// ctx's error is returned. A second call waits for the first.
func (w *Worker) Stop(ctx context.Context) error {
	w.mu.Lock()
	started := w.started
	w.mu.Unlock()
	if !started {
		return ErrNotStarted
	}

	if w.draining.CompareAndSwap(false, true) {
		w.cancel()
		<-w.ended
		w.stopLiving(ctx)

		go func() {
			w.buried.Wait()
			close(w.stopped)
		}()
	}

	select {
	case <-w.stopped:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ID returns the id of the current life: the key of the worker row and River's
// client id. It is empty before Start, and stays what it was while a new life
// has not begun yet.
func (w *Worker) ID() string {
	if l := w.current.Load(); l != nil {
		return l.id
	}

	return ""
}

// Hold says that Config.Run holds a job of its own: the database has had it run
// under the id of this life from the beginning, so River doesn't know it. Until
// Drop it isn't taken for one that was lost. Config.Run finishes its row.
func (w *Worker) Hold(id string, job int64) {
	if l := w.current.Load(); l != nil && l.id == id {
		l.jobs.add(job)
	}
}

// Drop ends Hold.
func (w *Worker) Drop(id string, job int64) {
	if l := w.current.Load(); l != nil && l.id == id {
		l.jobs.remove(job)
	}
}

// GiveBack gives others what a life may have been handed of a workflow without its
// knowing, because the answer was lost. What fails here the reconciliation does
// later.
func (w *Worker) GiveBack(ctx context.Context, id, workflowID string) {
	l := w.current.Load()
	if l == nil || l.id != id {
		return
	}
	if err := giveBack(ctx, w.config.Pool, id, l.jobs.list, workflowID); err != nil {
		w.config.Logger.WarnContext(ctx, "queue: giving back a start failed, it will be found later",
			slog.String("workflow", workflowID), slog.String("error", err.Error()))
	}
}

// Draining says that Stop was called: what runs should yield at the next step
// boundary.
func (w *Worker) Draining() bool { return w.draining.Load() }

// ReportLost ends the life of that id because the database refused a call of it
// (SQLSTATE WF005). Contexts of that life are cancelled when it returns. It does
// nothing when the life is over already.
func (w *Worker) ReportLost(id string) {
	if l := w.current.Load(); l != nil && l.id == id {
		l.fence(errReported)
	}
}

// supervise begins a new life whenever one was lost, until ctx ends. It doesn't
// wait for the lost id to be retired, which a locked workflow can delay for as long
// as somebody likes. What is retired comes back as new jobs under new epochs, for
// this process as for any other; until then a beat of the new life may mark steps
// of the lost one, as that one's own would have.
func (w *Worker) supervise(ctx context.Context, l *life) {
	defer close(w.ended)

	for l != nil {
		select {
		case <-ctx.Done():
			w.living = l
			return
		case reason := <-l.fenced:
			w.bury(l, reason)
			l = w.beginAgain(ctx)
		}
	}
}

// bury ends a life that is no longer ours. When it returns nothing of that life
// beats or runs with a living context; the rest of its end isn't waited for.
func (w *Worker) bury(l *life, reason error) {
	w.config.Logger.Warn("queue: worker lost, what it runs is cancelled and requeued",
		slog.String("id", l.id), slog.String("reason", reason.Error()))

	l.lose()
	l.stopServices()
	w.buried.Go(func() { l.bury(true) })
	w.signals.fenced.send(reason)
}

// abandon gives back a life that could not be stopped in time, and waits a
// little for that.
func (w *Worker) abandon(l *life, reason error) {
	w.config.Logger.Warn("queue: stop ran out of time, what still runs is requeued",
		slog.String("id", l.id), slog.String("reason", reason.Error()))

	l.lose()
	w.buried.Go(func() {
		l.stopServices()
		l.bury(false)
	})

	timer := time.NewTimer(abandonTimeout)
	defer timer.Stop()
	select {
	case <-l.released:
	case <-timer.C:
	}
}

// beginAgain tries until a new life has begun, or ctx ends and there is none.
func (w *Worker) beginAgain(ctx context.Context) *life {
	fault := outage.Log{Logger: w.config.Logger, Service: "queue: starting again"}

	for range tries(ctx, beginRetryMin, beginRetryMax) {
		l, err := beginLife(ctx, w.config, &w.signals)
		fault.Note(ctx, err)
		if err == nil {
			w.current.Store(l)
			w.config.Logger.InfoContext(ctx, "queue: worker started again", slog.String("id", l.id))
			return l
		}
	}

	return nil
}

// stopLiving ends the life that supervise has left, the hard way if need be.
func (w *Worker) stopLiving(ctx context.Context) {
	if w.living == nil {
		return
	}

	err := w.living.stop(ctx)
	switch {
	case err == nil:
	case w.living.isLost():
		w.bury(w.living, err)
	default:
		w.abandon(w.living, err)
	}
}
