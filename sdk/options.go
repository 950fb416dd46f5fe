package sdk

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/pgweir/weir/engine"
)

// NodeOpts are the settings of one node of a graph. They stand above those of
// the step's declaration; a field that is zero leaves what was there.
type NodeOpts struct {
	// Name is what the step is called within its workflow. Two steps of one
	// graph that are given the same name are refused when the workflow starts.
	//
	// Defaults to the declared name; a repeat of that becomes name_1, name_2,
	// inputs before their consumer, in binding order.
	Name string

	// Retry replaces the whole Retry of before.
	Retry Retry

	// Timeout cancels the context of an attempt that takes longer. The attempt has
	// failed with ErrTimeout then, whatever the function returns, once it returns.
	//
	// Defaults to none.
	Timeout time.Duration

	// Queue is the queue whose workers run the step.
	//
	// Defaults to "default".
	Queue string

	// Metadata is stored with the step. Its keys are added to those of before
	// and replace equal ones.
	Metadata map[string]any
}

// Values of Retry.Max that are no count.
const (
	// Forever retries without end.
	Forever = -1

	// Never makes the first attempt the last.
	Never = -2
)

// Retry says how often, and after what waits, a step is tried again that failed
// with an error that isn't Permanent. Waits have jitter and hold no worker.
type Retry struct {
	// Max is how many attempts may follow the first one, or Forever, or Never.
	//
	// Defaults to 3.
	Max int

	// Backoff is the wait before the first retry.
	//
	// Defaults to 1 second.
	Backoff time.Duration

	// MaxBackoff is what no wait exceeds.
	//
	// Defaults to 100 seconds.
	MaxBackoff time.Duration

	// Factor is what each further wait is multiplied by.
	//
	// Defaults to 2.
	Factor float64

	// NoDelay retries at once.
	NoDelay bool
}

func (r Retry) policy(timeout time.Duration) engine.Policy {
	policy := engine.Policy{
		Backoff:    r.Backoff,
		MaxBackoff: r.MaxBackoff,
		Factor:     r.Factor,
		NoDelay:    r.NoDelay,
		Timeout:    timeout,
	}
	switch r.Max {
	case 0:
	case Never:
		policy.Retries = new(0)
	default:
		policy.Retries = new(r.Max)
	}
	return policy
}

// nodeOptions is what the declaration and each With after it add up to.
type nodeOptions struct {
	name     string
	named    bool
	retry    Retry
	timeout  time.Duration
	queue    string
	metadata map[string]json.RawMessage
}

func (o nodeOptions) with(opts NodeOpts) (nodeOptions, []mistake) {
	o.name = cmp.Or(opts.Name, o.name)
	o.named = o.named || opts.Name != ""
	o.retry = cmp.Or(opts.Retry, o.retry)
	o.timeout = cmp.Or(opts.Timeout, o.timeout)
	o.queue = cmp.Or(opts.Queue, o.queue)
	if len(opts.Metadata) == 0 {
		return o, nil
	}
	merged := make(map[string]json.RawMessage, len(o.metadata)+len(opts.Metadata))
	maps.Copy(merged, o.metadata)
	mistakes := encodeMetadata(merged, opts.Metadata)
	o.metadata = merged
	return o, mistakes
}

// encodeMetadata encodes each value of from into the key of its name.
func encodeMetadata(into map[string]json.RawMessage, from map[string]any) (mistakes []mistake) {
	for _, key := range slices.Sorted(maps.Keys(from)) {
		value, err := encode(from[key])
		if err == nil {
			err = checkKey(key)
		}
		if err != nil {
			mistakes = append(mistakes, mistake{"metadata." + key, err.Error()})
			continue
		}
		into[key] = value
	}
	return mistakes
}

// metadataOf is what a user gives as metadata as one JSON object, nil if there is
// nothing. The error joins an *InputError for each value that can't be encoded.
func metadataOf(from map[string]any) (json.RawMessage, error) {
	fields := make(map[string]json.RawMessage, len(from))
	var errs []error
	for _, m := range encodeMetadata(fields, from) {
		errs = append(errs, &InputError{Field: m.field, Reason: m.reason})
	}
	return object(fields), errors.Join(errs...)
}

// object joins what encodeMetadata encoded. It is nil if there is nothing.
func object(fields map[string]json.RawMessage) json.RawMessage {
	if len(fields) == 0 {
		return nil
	}
	joined, err := json.Marshal(fields)
	if err != nil {
		panic("sdk: encoded values don't encode: " + err.Error())
	}
	return joined
}
