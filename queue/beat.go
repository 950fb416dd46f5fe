package queue

import (
	"context"
	"log/slog"
	"time"

	"github.com/pgweir/weir/internal/outage"
)

const (
	// beatHeldAfter is the age from which the beat reports a step: shorter ones
	// don't pay for being marked as running.
	beatHeldAfter = 250 * time.Millisecond

	// beatEarlyMin is the least time between two beats, however many workflows
	// are stopped meanwhile.
	beatEarlyMin = 50 * time.Millisecond

	// beatRetry is the time between beats while they fail.
	beatRetry = 100 * time.Millisecond

	// sessionRetake is how long a life goes on without its session while the
	// others may see its lock free and its last beat getting old.
	sessionRetake = time.Second
)

type heartConfig struct {
	dialer       dialer
	held         func(olderThan time.Duration) []Held
	interval     time.Duration
	logger       *slog.Logger
	pool         querier
	registration registration
	sessionLock  bool
	stopped      func([]Held)
}

// heart keeps one life alive: it holds the session and beats. Its methods are
// called from one goroutine.
type heart struct {
	config  *heartConfig
	lockKey int32
	outage  outage.Log
	session *session // nil while broken, and without session locks
	signals *testSignals
	told    map[int64]struct{} // workflows that were reported as stopped
	trust   trust

	bare        bool      // the last beat failed: the next one carries no steps
	sessionLost time.Time // when the session broke; zero while it works
	serverDown  bool      // the server turned the last attempt away
}

func newHeart(config *heartConfig, signals *testSignals) *heart {
	return &heart{
		config:  config,
		outage:  outage.Log{Logger: config.logger, Service: "queue: beat"},
		signals: signals,
		told:    make(map[int64]struct{}),
		trust:   trust{lease: config.registration.lease},
	}
}

// open registers the life and takes its lock.
func (h *heart) open(ctx context.Context) error {
	if h.config.sessionLock {
		session, err := openSession(ctx, h.config.dialer, h.config.logger, sessionFirstTimeout)
		if err != nil {
			return err
		}
		h.session = session
	}

	sent := time.Now()
	lockKey, err := register(ctx, h.db(), h.config.registration)
	if err != nil {
		h.close()
		return err
	}
	h.lockKey = lockKey
	h.trust.renew(sent)

	if h.session != nil {
		if err := h.session.lock(ctx, h.lockKey, sessionFirstTimeout); err != nil {
			h.close()
			return err
		}
	}

	return nil
}

// close ends the session and with it the lock.
func (h *heart) close() {
	if h.session != nil {
		h.session.close()
		h.session = nil
	}
}

// run beats until ctx ends, and then returns nil, or until the life is lost, and
// then returns the reason.
func (h *heart) run(ctx context.Context) error {
	next := time.Now().Add(jitter(h.config.interval))

	for h.wait(ctx, next) {
		began := time.Now()

		_, err := h.runOnce(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if reason := h.lostReason(err, time.Now()); reason != nil {
			return reason
		}
		h.outage.Note(ctx, err)

		next = began.Add(h.pace(err))
	}

	return nil
}

// pace is the time from the beginning of one beat to the next.
func (h *heart) pace(err error) time.Duration {
	if err != nil || h.session != nil && !h.session.locked {
		return min(beatRetry, h.config.interval)
	}

	return jitter(h.config.interval)
}

// lostReason says why the life is over after a beat that ended with err, or nil.
func (h *heart) lostReason(err error, now time.Time) error {
	switch {
	case isWorkerGone(err):
		return errWorkerGone
	case h.trust.expired(now):
		return errLeaseExpired
	case h.sessionLost.IsZero() || h.serverDown:
		return nil
	case now.Sub(h.sessionLost) >= sessionRetake:
		return errLockLost
	default:
		return nil
	}
}

// wait returns at the time of the next beat: earlier if the session breaks or a
// workflow is stopped, false if ctx ends.
func (h *heart) wait(ctx context.Context, next time.Time) bool {
	began := time.Now()

	for {
		if h.session == nil {
			return pause(ctx, time.Until(next))
		}

		workflow, ok, err := h.session.next(ctx, next)
		switch {
		case ctx.Err() != nil:
			return false
		case err != nil:
			h.loseSession()
			return true
		case ok:
			h.told[workflow] = struct{}{}
			if early := began.Add(beatEarlyMin); early.Before(next) {
				next = early
			}
		case !time.Now().Before(next):
			return true
		}
	}
}

func (h *heart) loseSession() {
	h.close()
	if h.sessionLost.IsZero() {
		h.sessionLost = time.Now()
	}
}

type beatResult struct {
	Held int    // steps that were reported
	Gone []Held // those of them that are no longer held
}

// runOnce restores the session if need be and beats once. After a failure it
// only renews the lease: a step row that somebody has locked may cost a mark, but
// not a life.
func (h *heart) runOnce(ctx context.Context) (beatResult, error) {
	ctx, cancel := context.WithDeadline(ctx, h.deadline())
	defer cancel()

	if err := h.ensureSession(ctx); err != nil {
		return beatResult{}, err
	}

	bare, held := h.bare, []Held(nil)
	if !bare {
		held = h.collect()
	}

	sent := time.Now()
	gone, err := beat(ctx, h.db(), h.config.registration.id, h.config.registration.lease, held)
	h.bare = err != nil
	if err != nil {
		if h.session != nil && h.session.conn.IsClosed() {
			h.loseSession()
		}
		return beatResult{}, err
	}

	h.trust.renew(sent)
	h.sessionLost = time.Time{}
	if !bare {
		clear(h.told)
	}

	res := beatResult{Held: len(held), Gone: pickHeld(held, gone)}
	if len(res.Gone) > 0 {
		h.config.stopped(res.Gone)
	}
	h.signals.beat.send(res)

	return res, nil
}

// deadline is when the outcome of a beat no longer matters.
func (h *heart) deadline() time.Time {
	if h.sessionLost.IsZero() || h.serverDown {
		return h.trust.until
	}
	if retake := h.sessionLost.Add(sessionRetake); retake.Before(h.trust.until) {
		return retake
	}

	return h.trust.until
}

func (h *heart) ensureSession(ctx context.Context) error {
	if !h.config.sessionLock {
		return nil
	}

	if h.session == nil {
		session, err := openSession(ctx, h.config.dialer, h.config.logger, sessionConnectTimeout)
		h.serverDown = isServerDown(err)
		if err != nil {
			return err
		}
		h.session = session
	}

	if err := h.session.lock(ctx, h.lockKey, lockTimeout); err != nil {
		h.loseSession()
		return err
	}

	return nil
}

// collect returns the steps to report: the long ones, and whatever belongs to a
// workflow that is said to be stopped.
func (h *heart) collect() []Held {
	held := h.config.held(beatHeldAfter)
	if len(h.told) == 0 {
		return held
	}

	seen := make(map[stepKey]struct{}, len(held))
	for _, step := range held {
		seen[step.key()] = struct{}{}
	}

	for _, step := range h.config.held(0) {
		_, told := h.told[step.Workflow]
		if _, ok := seen[step.key()]; told && !ok {
			held = append(held, step)
		}
	}

	return held
}

func (h *heart) db() querier {
	if h.session != nil {
		return h.session.conn
	}

	return h.config.pool
}

// pickHeld returns the held steps that the keys name.
func pickHeld(held []Held, keys []stepKey) []Held {
	wanted := make(map[stepKey]struct{}, len(keys))
	for _, key := range keys {
		wanted[key] = struct{}{}
	}

	var picked []Held
	for _, step := range held {
		if _, ok := wanted[step.key()]; ok {
			picked = append(picked, step)
		}
	}

	return picked
}
