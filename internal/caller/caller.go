// Package caller knows, by a context, which step or call makes calls of actors, so
// that one made again after a crash is found, and one that waits for itself is
// refused.
package caller

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"sync"
)

// Caller is who makes a call, as weir_internal.actor_callers reads it: a step of a
// workflow, or a call of an actor.
type Caller struct {
	Workflow int64  `json:"workflow,omitempty"`
	Step     *int32 `json:"step,omitempty"`

	Actor int64 `json:"actor,omitempty"`
	Seq   int64 `json:"seq,omitempty"`

	// Epoch and Attempt are set of a step that is itself the call: it waits for the
	// answer without a worker.
	Epoch   *int32 `json:"epoch,omitempty"`
	Attempt int32  `json:"attempt,omitempty"`

	// Key tells calls of one caller apart.
	Key string `json:"key,omitempty"`

	// Waits says that the caller waits for the answer.
	Waits bool `json:"waits,omitempty"`
}

// JSON is the caller as it is stored.
func (c Caller) JSON() json.RawMessage {
	encoded, _ := json.Marshal(c) // numbers and text
	return encoded
}

// attempt is one attempt of a step or a call.
type attempt struct {
	Caller

	mu   sync.Mutex
	made map[string]int // equal calls so far
}

type attemptKey struct{}

// With returns the context of one attempt.
func With(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, attemptKey{}, &attempt{Caller: c})
}

// Made returns who makes a call with ctx, and false if it is nobody that is stored.
// Equal calls of one attempt are told apart by their order, and found again by it in
// the next one.
func Made(ctx context.Context, waits bool, what ...string) (Caller, bool) {
	a, ok := ctx.Value(attemptKey{}).(*attempt)
	if !ok {
		return Caller{}, false
	}
	c := a.Caller
	c.Key, c.Waits = a.key(what), waits
	return c, true
}

// Waiting returns who waits with ctx for a call that was made before.
func Waiting(ctx context.Context) (Caller, bool) {
	a, ok := ctx.Value(attemptKey{}).(*attempt)
	if !ok {
		return Caller{}, false
	}
	c := a.Caller
	c.Waits = true
	return c, true
}

func (a *attempt) key(what []string) string {
	hash := sha256.New()
	for _, part := range what {
		hash.Write([]byte(strconv.Itoa(len(part)) + ":" + part))
	}
	key := base64.RawURLEncoding.EncodeToString(hash.Sum(nil)[:16])

	a.mu.Lock()
	defer a.mu.Unlock()

	if a.made == nil {
		a.made = make(map[string]int)
	}
	a.made[key]++
	return key + "#" + strconv.Itoa(a.made[key])
}
