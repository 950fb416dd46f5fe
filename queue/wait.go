package queue

import (
	"context"
	"math/rand/v2"
	"time"
)

// pause waits and reports whether the wait came to its end before ctx did.
func pause(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()

	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// tries is a loop that ends with ctx. After each round it waits, twice as long as
// before, from least to most.
func tries(ctx context.Context, least, most time.Duration) func(func() bool) {
	return func(round func() bool) {
		for wait := least; round() && pause(ctx, jitter(wait)); wait = min(2*wait, most) {
		}
	}
}

// jitter spreads a wait by a tenth to both sides, so that processes that were
// started together don't come to the database together.
func jitter(wait time.Duration) time.Duration {
	return wait + time.Duration((rand.Float64()-0.5)*0.2*float64(wait))
}

// between returns a random wait of the range.
func between(least, most time.Duration) time.Duration {
	return least + time.Duration(rand.Float64()*float64(most-least))
}
