package queue

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"sync"
	"time"
)

// stopRetireTimeout bounds giving back the own lease at the end of a stop, which
// happens even if the caller's patience is over. Others would have to wait for
// the lease otherwise.
const stopRetireTimeout = 2 * time.Second

// life is what a worker does under one id, from registering to retiring.
type life struct {
	config  *Config
	id      string
	signals *testSignals

	client  *riverClient
	heart   *heart
	jobs    *inventory
	retirer *retirer
	shifts  shifts

	runCtx         context.Context // of everything that Config.Run gets, and of shifts
	cancelRuns     context.CancelCauseFunc
	cancelRiver    context.CancelFunc
	cancelServices context.CancelFunc
	services       sync.WaitGroup

	fenced   chan error    // gets the first reason for which the life is lost
	lost     chan struct{} // closed when the life is no longer ours
	loseOnce sync.Once
	released chan struct{} // the exit gate: closed when the id was retired
}

// beginLife registers under a new id and starts to work. ctx bounds the
// beginning only.
func beginLife(ctx context.Context, config *Config, signals *testSignals) (*life, error) {
	l := &life{
		config:   config,
		id:       newID(),
		signals:  signals,
		jobs:     newInventory(),
		fenced:   make(chan error, 1),
		lost:     make(chan struct{}),
		released: make(chan struct{}),
	}
	l.heart = newHeart(&heartConfig{
		dialer:      newDialer(config.Pool, config.Direct),
		held:        config.Held,
		interval:    config.Beat,
		logger:      config.Logger,
		pool:        config.Pool,
		sessionLock: !config.DisableSessionLock,
		stopped:     config.Stopped,
		registration: registration{
			id: l.id, host: hostname(), pid: os.Getpid(), version: config.Version,
			functions: config.functionNames(), queues: config.queueNames(), lease: config.Lease,
			sessionLock: !config.DisableSessionLock, manual: config.ManualRecovery,
		},
	}, signals)
	l.retirer = newRetirer(&retirerConfig{id: l.id, logger: config.Logger, poison: config.Poison, pool: config.Pool})

	l.runCtx, l.cancelRuns = context.WithCancelCause(context.WithoutCancel(ctx))

	var err error
	l.client, err = newRiverClient(config, l.id, func(token Token) { l.work(l.runCtx, token) })
	if err != nil {
		return nil, err
	}

	if err := l.heart.open(ctx); err != nil {
		return nil, fmt.Errorf("queue: %w", err)
	}
	l.startServices(ctx)

	if err := l.startRiver(ctx); err != nil {
		l.stopServices()
		_ = l.retire(ctx, false) // what is left of it ends with the lease
		return nil, fmt.Errorf("queue: starting River: %w", err)
	}
	signals.began.send(l.id)

	return l, nil
}

func (l *life) startServices(ctx context.Context) {
	ctx, l.cancelServices = context.WithCancel(context.WithoutCancel(ctx))

	l.services.Go(func() {
		defer l.heart.close()
		if reason := l.heart.run(ctx); reason != nil {
			l.fence(reason)
		}
	})

	sweeper := newSweeper(&sweeperConfig{
		logger: l.config.Logger, poison: l.config.Poison, pool: l.config.Pool,
	}, l.signals)
	l.services.Go(func() { sweeper.run(ctx) })

	reconciler := newReconciler(&reconcilerConfig{
		id: l.id, jobs: l.jobs.list, logger: l.config.Logger, pool: l.config.Pool,
	}, l.signals)
	l.services.Go(func() { reconciler.run(ctx) })

	mender := newMender(&menderConfig{
		logger: l.config.Logger, pool: l.config.Pool, slice: mendSlice,
	}, l.signals)
	l.services.Go(func() { mender.run(ctx) })
}

func (l *life) stopServices() {
	l.cancelServices()
	l.services.Wait()
}

// startRiver starts the client under a context that outlives the beginning, but
// not if the beginning is given up.
func (l *life) startRiver(ctx context.Context) error {
	var riverCtx context.Context
	riverCtx, l.cancelRiver = context.WithCancel(context.WithoutCancel(ctx))

	giveUp := context.AfterFunc(ctx, l.cancelRiver)
	defer giveUp()

	if err := l.client.Start(riverCtx); err != nil {
		l.cancelRiver()
		return err
	}

	return ctx.Err()
}

// fence ends the life because it is no longer ours.
func (l *life) fence(reason error) {
	select {
	case l.fenced <- reason:
	default: // one reason is enough
	}
	l.lose()
}

// lose closes the exit gate before it cancels anything, so that nothing that was
// cancelled can leave.
func (l *life) lose() {
	l.loseOnce.Do(func() { close(l.lost) })
	l.shifts.close()
	l.cancelRuns(ErrLost)
}

func (l *life) isLost() bool {
	select {
	case <-l.lost:
		return true
	default:
		return false
	}
}

// bury retires the id of a life that was lost and whose services have stopped,
// opens the exit gate, and returns when everything has left. Locked workflows and
// bodies that ignore their context keep it waiting; the next life doesn't.
func (l *life) bury(attemptsLost bool) {
	ctx := context.Background()

	var leaving sync.WaitGroup
	leaving.Go(func() { _ = l.client.StopAndCancel(ctx) }) // only ctx could make it fail
	defer l.cancelRiver()

	if err := l.retirer.run(ctx, attemptsLost); err == nil {
		l.signals.retired.send(l.id)
	}
	close(l.released)
	leaving.Wait()
	_ = l.shifts.wait(ctx) // only ctx could make it fail

	// A fetch whose reply never came may have taken rows after that.
	_ = l.retirer.run(ctx, false) // the pool is closed
}

// stop ends the life in good order: running tokens have until Config.SoftStop to
// yield, and until the end of ctx to give back what they hold. With an error the
// life is not over, and has to be buried.
func (l *life) stop(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	go func() {
		select {
		case reason := <-l.fenced:
			cancel(reason)
		case <-ctx.Done():
		}
	}()

	// The others would only learn later that this one takes nothing new.
	_ = drain(ctx, l.config.Pool, l.id)

	if err := l.stopRiver(ctx); err != nil {
		return cmp.Or(context.Cause(ctx), err)
	}
	l.stopServices()

	return l.retire(ctx, false)
}

func (l *life) stopRiver(ctx context.Context) error {
	soft, cancel := context.WithTimeout(ctx, l.config.SoftStop)
	defer cancel()
	defer l.cancelRuns(ErrStopping)

	l.shifts.close()
	if err := l.client.Stop(soft); err == nil && l.shifts.wait(soft) == nil {
		l.cancelRiver()
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}

	l.cancelRuns(ErrStopping)
	if err := l.client.StopAndCancel(ctx); err != nil {
		return err
	}
	l.cancelRiver()

	return l.shifts.wait(ctx)
}

// retire gives back the lease of a life in which nothing runs any more.
func (l *life) retire(ctx context.Context, attemptsLost bool) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopRetireTimeout)
	defer cancel()

	if err := l.retirer.run(ctx, attemptsLost); err != nil {
		return err
	}
	l.signals.retired.send(l.id)

	return nil
}
