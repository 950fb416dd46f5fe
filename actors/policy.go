package actors

import (
	"encoding/json"

	"github.com/pgweir/weir/engine"
)

// storedPolicy says how often and how long a call may be tried, and what happens
// then. Unlike a step, a call isn't retried unless it says so: it holds up others.
type storedPolicy struct {
	engine.StoredPolicy
	Block bool `json:"block,omitempty"`
}

func (p storedPolicy) retries() bool { return p.Retries != nil && *p.Retries != 0 }

// encodePolicy returns nil for what is all defaults.
func encodePolicy(policy engine.Policy, block bool) json.RawMessage {
	if policy == (engine.Policy{}) && !block {
		return nil
	}
	encoded, _ := json.Marshal(storedPolicy{policy.Stored(), block}) // finite numbers only: the policy was validated
	return encoded
}

func decodePolicy(stored json.RawMessage) (policy storedPolicy, err error) {
	if stored != nil {
		err = json.Unmarshal(stored, &policy)
	}
	return policy, err
}
