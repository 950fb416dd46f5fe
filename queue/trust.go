package queue

import "time"

// trust is the time until which a worker may believe that it is alive. It runs
// on the monotonic clock, counts from before the call that renewed the lease,
// and ends a fifth of the lease before others may take over.
type trust struct {
	lease time.Duration
	until time.Time
}

const trustMarginOfLease = 5

// renew takes the time at which a successful renewal was sent.
func (t *trust) renew(sent time.Time) {
	t.until = sent.Add(t.lease - t.lease/trustMarginOfLease)
}

func (t *trust) expired(now time.Time) bool {
	return !now.Before(t.until)
}
