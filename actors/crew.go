package actors

import (
	"context"
	"sync"

	"github.com/pgweir/weir/internal/batch"
)

// crew are the committers of one worker id. A worker that lost its lease comes
// back under a new id and with a new crew, so no batch mixes the two.
type crew struct {
	worker  string
	claims  *batch.Committer[claimItem]
	commits *batch.Committer[commitItem]
}

// crews has the newest crew: turns of an older one hold theirs until they have
// noticed.
type crews struct {
	mu     sync.Mutex
	newest *crew
}

func (r *Runtime) crewOf(worker string) *crew {
	r.crews.mu.Lock()
	defer r.crews.mu.Unlock()

	if r.crews.newest == nil || r.crews.newest.worker != worker {
		r.crews.newest = &crew{
			worker: worker,
			claims: &batch.Committer[claimItem]{
				Limit: batchLimit, Flights: batchFlights,
				Call: func(ctx context.Context, items []*claimItem, patient bool) error {
					return claim(ctx, r.config.Pool, worker, items, patient)
				},
			},
			commits: &batch.Committer[commitItem]{
				Limit: batchLimit, Flights: batchFlights, Size: (*commitItem).size,
				Call: func(ctx context.Context, items []*commitItem, patient bool) error {
					return commit(ctx, r.config.Pool, worker, items, patient)
				},
			},
		}
	}
	return r.crews.newest
}
