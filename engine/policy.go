package engine

import (
	"encoding/json"
	"time"
)

// StoredPolicy is a Policy as weir_internal.retry_delay reads it.
type StoredPolicy struct {
	Retries      *int     `json:"retries,omitempty"`
	BackoffMS    *float64 `json:"backoff_ms,omitempty"`
	Factor       float64  `json:"factor,omitempty"`
	MaxBackoffMS float64  `json:"max_backoff_ms,omitempty"`
	TimeoutMS    float64  `json:"timeout_ms,omitempty"`
}

// encode returns nil for the policy that is all defaults.
func (p Policy) encode() json.RawMessage {
	if p == (Policy{}) {
		return nil
	}
	encoded, _ := json.Marshal(p.Stored()) // finite numbers only: the policy was validated
	return encoded
}

// Stored is the policy as it is stored.
func (p Policy) Stored() StoredPolicy {
	stored := StoredPolicy{
		Retries:      p.Retries,
		Factor:       p.Factor,
		MaxBackoffMS: milliseconds(p.MaxBackoff),
		TimeoutMS:    milliseconds(p.Timeout),
	}
	switch backoff := milliseconds(p.Backoff); {
	case p.NoDelay:
		stored.BackoffMS = new(float64)
	case backoff > 0:
		stored.BackoffMS = &backoff
	}
	return stored
}

// timeoutOf returns the timeout of a stored policy, 0 if it has none.
func timeoutOf(policy json.RawMessage) (time.Duration, error) {
	if policy == nil {
		return 0, nil
	}
	var stored StoredPolicy
	if err := json.Unmarshal(policy, &stored); err != nil {
		return 0, err
	}
	return time.Duration(stored.TimeoutMS * float64(time.Millisecond)), nil
}

func milliseconds(d time.Duration) float64 {
	return float64(d) / float64(time.Millisecond)
}
